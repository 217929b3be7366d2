//! What does sealing cost beyond its primitives, and does it use both processors? Seal to many, open one, against X25519,
//! ML-KEM-768, Ed25519 and ChaCha20-Poly1305 with the same keys in the same run. It must never know the network.

mod bare;
mod letter;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use getrandom::SysRng;
use liaison_client::compose;
use liaison_keys::names::Digest;
use liaison_keys::prekey::Bundle;
use liaison_proto::envelope::{Post, Sealed, seal};
use rand_core::UnwrapErr;

use crate::measure::{Effort, Subject, in_turn, repeat};
use crate::report::{Figure, Row};
use bare::Bare;
use letter::Letter;

/// The primitives by themselves.
pub fn primitives(effort: &Effort) -> Result<Vec<Row>> {
    let letter = Letter::to(1)?;
    let bare = Bare::of(&letter)?;
    let bare = &bare;
    let subject = |work: fn(&Bare)| -> Subject<'_> { Box::new(move || Ok(repeat(effort, || work(bare)))) };
    let subjects = Bare::NAMED.map(|(_, work)| subject(work));
    let series = in_turn("primitives", effort, subjects)?;
    let rows = Bare::NAMED.into_iter().zip(series);
    Ok(rows.map(|((name, _), series)| Row::new(name, Figure::time(series))).collect())
}

/// Sealing to more and more devices, and opening.
pub fn seal_and_open(effort: &Effort) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for n in effort.size.choose(vec![1, 17], vec![1, 193], vec![1, 193, 1_000, 2_000]) {
        rows.extend(seal_to(n, effort)?);
    }
    rows.extend([open(effort)?, read_bundle(effort)?, read_post(effort)?]);
    Ok(rows)
}

fn seal_to(n: usize, effort: &Effort) -> Result<Vec<Row>> {
    let letter = Letter::to(n)?;
    let bare = Bare::of(&letter)?;
    let recipients = letter.recipients();
    let outgoing = letter.outgoing(&recipients);
    let one = || Ok(repeat(effort, || seal(&outgoing, &mut UnwrapErr(SysRng))));
    let all = || Ok(repeat(effort, || compose::seal(&outgoing)));
    let bare_one = || Ok(repeat(effort, || bare.seal_on(1)));
    let bare_two = || Ok(repeat(effort, || bare.seal_on(2)));
    let subjects: [Subject<'_>; 4] = [Box::new(one), Box::new(bare_one), Box::new(all), Box::new(bare_two)];
    let [one, bare_one, all, bare_two] = in_turn(&format!("seal to {n}"), effort, subjects)?;
    let aim = (n >= AIMED_AT_MIN).then_some(TWICE);
    let time = |series: &_| Figure::time(Clone::clone(series));
    Ok(vec![
        Row::new(format!("seal to {n}, one thread"), time(&one))
            .cost("its primitives", time(&bare_one))
            .aim(SEAL),
        Row::new(format!("seal to {n}, all processors"), time(&all)).gain("one thread", time(&one)).aim(aim),
        Row::new(format!("primitives for {n}, two threads"), time(&bare_two))
            .gain("one thread", time(&bare_one)),
    ])
}

/// From a delivery's bytes to claims whose signature was verified.
fn open(effort: &Effort) -> Result<Row> {
    let letter = Letter::to(1)?;
    let bare = Bare::of(&letter)?;
    let recipients = letter.recipients();
    let posted = seal(&letter.outgoing(&recipients), &mut UnwrapErr(SysRng))?;
    let delivery = Post::from_bytes(posted.bytes)?.delivery(0).context("no delivery")?;
    let sealed = delivery.as_slice();
    let (secret, network, key) = (&letter.secrets[0], letter.network, letter.key.public());
    let opened = move || {
        let addressed = Sealed::from_bytes(sealed)?.addressed_to(recipients[0].device)?;
        addressed.decapsulate(secret, network)?.unseal()?.unpad()?.verify(&key, network)
    };
    opened().context("the delivery does not open")?;
    let subject = || -> Result<Duration> { Ok(repeat(effort, &opened)) };
    let primitives = || Ok(repeat(effort, || bare.open()));
    let [opened, primitives] = in_turn("open", effort, [Box::new(subject), Box::new(primitives)])?;
    Ok(Row::new("open one", Figure::time(opened)).cost("its primitives", Figure::time(primitives)))
}

/// From a bundle's bytes to two prekeys that may be sealed to: each device's, once, before a message to all.
fn read_bundle(effort: &Effort) -> Result<Row> {
    let letter = Letter::to(2)?;
    let bare = Bare::of(&letter)?;
    let (key, network) = (letter.key.public(), letter.network);
    let bytes = letter.bundle();
    let read = || Ok(repeat(effort, || Bundle::verify(&bytes, &key, network)));
    Bundle::verify(&bytes, &key, network).context("the bundle is refused")?;
    let primitives = || Ok(repeat(effort, || bare.read_bundle()));
    let [read, primitives] = in_turn("bundle", effort, [Box::new(read), Box::new(primitives)])?;
    Ok(Row::new("read a bundle of 2 prekeys", Figure::time(read))
        .cost("its primitives", Figure::time(primitives)))
}

/// What a relay does with a post to many, before it asks who may receive it; a sender does it with its own.
fn read_post(effort: &Effort) -> Result<Row> {
    let n = effort.size.choose(17, 193, 2_000);
    let letter = Letter::to(n)?;
    let bytes = seal(&letter.outgoing(&letter.recipients()), &mut UnwrapErr(SysRng))?.bytes;
    // Reading consumes a copy, which is made before.
    let read = || {
        let read = vec![bytes.clone(); 8].into_iter().map(|copy| {
            let began = Instant::now();
            let post = Post::from_bytes(copy);
            let took = began.elapsed();
            post.map(|_| took)
        });
        read.collect::<Result<Vec<_>, _>>()?.into_iter().min().context("nothing was read")
    };
    let hash = || Ok(repeat(effort, || Digest::of(&bytes)));
    let subjects: [Subject<'_>; 2] = [Box::new(read), Box::new(hash)];
    let [read, hash] = in_turn("read a post", effort, subjects)?;
    Ok(Row::new(format!("read a post to {n}"), Figure::time(read)).cost("its SHA-256", Figure::time(hash)))
}

/// Sealing may cost so many times its primitives.
const SEAL: f64 = 1.15;
/// Two processors must make it so many times faster.
const TWICE: f64 = 1.7;
/// The aim is for lists of this length: all States.
const AIMED_AT_MIN: usize = 193;
