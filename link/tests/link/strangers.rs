//! Is everyone refused who does not speak exactly our handshake, without harm to the others?
//! It must never know our own client, which would not do any of this.

use std::{net::UdpSocket, sync::Arc};

use liaison_link::{LinkError, Listener, dial};
use liaison_proto::limits;
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureAlgorithm, SignatureScheme,
    client::{
        ResolvesClientCert,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{
        CryptoProvider, SupportedKxGroup,
        aws_lc_rs::{
            default_provider, kx_group,
            sign::{any_ecdsa_type, any_eddsa_type},
        },
    },
    pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime},
    sign::{CertifiedKey, Signer, SigningKey},
    version::TLS13,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

use crate::kit::{QUIC, TCP, address, identity, listener, soon, station_identity};

/// A client that can be wrong in one way at a time. Unchanged, it is right.
struct Stranger {
    alpn: Vec<Vec<u8>>,
    shows: Shows,
    key: Arc<dyn SigningKey>,
    public: Vec<u8>,
    kx: &'static dyn SupportedKxGroup,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Shows {
    RawKey,
    X509,
    Nothing,
}

impl Stranger {
    fn new() -> Self {
        let key = ed25519();
        let public = spki(&key);
        let alpn = vec![b"liaison/1".to_vec()];
        Self { alpn, shows: Shows::RawKey, key, public, kx: kx_group::X25519MLKEM768 }
    }

    fn config(self) -> ClientConfig {
        let provider = CryptoProvider { kx_groups: vec![self.kx], ..default_provider() };
        let shown = vec![CertificateDer::from(self.public)];
        let key = Arc::new(CertifiedKey::new(shown, Arc::new(Stubborn(self.key))));
        let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&TLS13])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Trusting { raw: self.shows != Shows::X509 }))
            .with_client_cert_resolver(Arc::new(Resolver { shows: self.shows, key }));
        config.alpn_protocols = self.alpn;
        config
    }

    /// True when the server let the handshake through, as seen from here: it goes on listening.
    async fn by_tcp(self, to: &Listener) -> bool {
        let stream = TcpStream::connect(to.local_addr()).await.unwrap();
        let connector = TlsConnector::from(Arc::new(self.config()));
        let Ok(mut tls) = connector.connect("liaison".try_into().unwrap(), stream).await else {
            return false;
        };
        // In TLS 1.3 the client learns only now what the server thinks of its key.
        tokio::select! {
            biased;
            _ = tls.read_u8() => false,
            accepted = to.accept() => accepted.is_some(),
        }
    }

    async fn by_quic(self, to: &Listener) -> bool {
        let crypto = quinn::crypto::rustls::QuicClientConfig::try_from(self.config()).unwrap();
        let endpoint = quinn::Endpoint::client("127.0.0.1:0".parse().unwrap()).unwrap();
        let config = quinn::ClientConfig::new(Arc::new(crypto));
        let Ok(connection) = endpoint.connect_with(config, to.local_addr(), "liaison").unwrap().await else {
            return false;
        };
        tokio::select! {
            biased;
            _ = connection.closed() => false,
            accepted = to.accept() => accepted.is_some(),
        }
    }
}

fn ed25519() -> Arc<dyn SigningKey> {
    let prefix = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
    let pkcs8 = [prefix.as_slice(), &[5; 32]].concat();
    any_eddsa_type(&PrivatePkcs8KeyDer::from(pkcs8)).unwrap()
}

fn p256() -> Arc<dyn SigningKey> {
    any_ecdsa_type(&PrivatePkcs8KeyDer::from(include_bytes!("p256.pk8").as_slice()).into()).unwrap()
}

fn spki(key: &Arc<dyn SigningKey>) -> Vec<u8> {
    key.public_key().unwrap().as_ref().to_vec()
}

/// Refused on both transports, and the next honest station still gets in.
async fn refused(stranger: impl Fn() -> Stranger) {
    let listener = listener().await;
    assert!(!soon(stranger().by_tcp(&listener)).await, "let in by TCP");
    assert!(!soon(stranger().by_quic(&listener)).await, "let in by QUIC");
    honest_get_in(&listener).await;
}

async fn honest_get_in(listener: &Listener) {
    for options in [TCP, QUIC] {
        soon(dial(&station_identity(), &[address(listener)], options)).await.unwrap();
        assert_eq!(soon(listener.accept()).await.unwrap().peer(), station_identity().public());
    }
}

#[tokio::test]
async fn a_right_stranger_is_let_in() {
    // Without this, the tests below could pass for the wrong reason.
    let listener = listener().await;
    assert!(soon(Stranger::new().by_tcp(&listener)).await);
    assert!(soon(Stranger::new().by_quic(&listener)).await);
}

#[tokio::test]
async fn another_protocol_is_refused() {
    refused(|| Stranger { alpn: vec![b"liaison/2".to_vec(), b"h3".to_vec()], ..Stranger::new() }).await;
}

#[tokio::test]
async fn no_protocol_is_refused() {
    refused(|| Stranger { alpn: Vec::new(), ..Stranger::new() }).await;
}

#[tokio::test]
async fn another_kind_of_raw_key_is_refused() {
    refused(|| Stranger { key: p256(), public: spki(&p256()), ..Stranger::new() }).await;
}

#[tokio::test]
async fn a_key_that_is_shown_but_not_held_is_refused() {
    let stolen = || [&spki(&ed25519())[..12], &identity(7).public().0].concat();
    refused(|| Stranger { public: stolen(), ..Stranger::new() }).await;
}

#[tokio::test]
async fn a_key_with_something_behind_it_is_refused() {
    let longer = || [spki(&ed25519()), vec![0]].concat();
    refused(|| Stranger { public: longer(), ..Stranger::new() }).await;
}

#[tokio::test]
async fn a_certificate_is_refused() {
    refused(|| Stranger { shows: Shows::X509, ..Stranger::new() }).await;
}

#[tokio::test]
async fn nobody_without_a_key_gets_in() {
    refused(|| Stranger { shows: Shows::Nothing, ..Stranger::new() }).await;
}

#[tokio::test]
async fn key_agreement_that_a_quantum_computer_breaks_is_refused() {
    refused(|| Stranger { kx: kx_group::X25519, ..Stranger::new() }).await;
}

#[tokio::test]
async fn tls_1_2_is_refused() {
    let listener = listener().await;
    let mut stream = TcpStream::connect(listener.local_addr()).await.unwrap();
    // A ClientHello of TLS 1.2: its version, 32 random bytes, no session, one cipher suite, no compression, and one
    // extension (signature_algorithms: ed25519).
    let body = [b"\x03\x03".as_slice(), &[9; 32], b"\0\0\x02\xc0\x2b\x01\0\0\x08\0\x0d\0\x04\0\x02\x08\x07"]
        .concat();
    let hello = [&[1, 0, 0, body.len() as u8], body.as_slice()].concat();
    stream.write_all(&[&[0x16, 3, 1, 0, hello.len() as u8], hello.as_slice()].concat()).await.unwrap();
    let mut answer = Vec::new();
    soon(stream.read_to_end(&mut answer)).await.unwrap();
    // A fatal alert, 70: protocol_version.
    assert_eq!(answer, [0x15, 3, 3, 0, 2, 2, 70]);
    honest_get_in(&listener).await;
}

#[tokio::test]
async fn garbage_harms_nobody() {
    let listener = listener().await;
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    for length in [1, 20, 1_200, 1_500] {
        for byte in [0_u8, 0x16, 0x40, 0xc0, 0xff] {
            udp.send_to(&vec![byte; length], listener.local_addr()).unwrap();
            let mut tcp = TcpStream::connect(listener.local_addr()).await.unwrap();
            // It may be closed by the server while we write.
            let _ = tcp.write_all(&vec![byte; length]).await;
        }
    }
    honest_get_in(&listener).await;
}

#[tokio::test]
async fn half_open_handshakes_are_bounded_and_honest_stations_still_get_in() {
    let listener = listener().await;
    let extra = 20;
    let mut half_open = Vec::new();
    for _ in 0..limits::HANDSHAKES_PER_ADDRESS_MAX + extra {
        half_open.push(TcpStream::connect(listener.local_addr()).await.unwrap());
    }
    // The oldest had to give way to the youngest.
    for stream in &mut half_open[..extra] {
        let closed = soon(stream.read_u8()).await;
        assert!(closed.is_err());
    }
    // From the same address, and so for QUIC by way of a retry.
    honest_get_in(&listener).await;
}

#[tokio::test]
async fn links_that_nobody_takes_are_bounded() {
    let listener = listener().await;
    let mut stations = tokio::task::JoinSet::new();
    for _ in 0..=limits::LINKS_WAITING_MAX {
        let (sender, mut receiver) =
            soon(dial(&station_identity(), &[address(&listener)], TCP)).await.unwrap().split();
        stations.spawn(async move {
            let _kept = sender;
            receiver.receive().await
        });
    }
    // One too many came, and one was dropped.
    assert_eq!(soon(stations.join_next()).await.unwrap().unwrap(), Err(LinkError::Cut));
    for _ in 0..limits::LINKS_WAITING_MAX {
        assert!(soon(listener.accept()).await.is_some());
    }
}

/// Signs, whatever the other side offers.
#[derive(Debug)]
struct Stubborn(Arc<dyn SigningKey>);

impl SigningKey for Stubborn {
    fn choose_scheme(&self, _: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        self.0.choose_scheme(&[SignatureScheme::ED25519, SignatureScheme::ECDSA_NISTP256_SHA256])
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        self.0.public_key()
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.0.algorithm()
    }
}

#[derive(Debug)]
struct Resolver {
    shows: Shows,
    key: Arc<CertifiedKey>,
}

impl ResolvesClientCert for Resolver {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        (self.shows != Shows::Nothing).then(|| self.key.clone())
    }

    fn only_raw_public_keys(&self) -> bool {
        self.shows != Shows::X509
    }

    fn has_certs(&self) -> bool {
        self.shows != Shows::Nothing
    }
}

/// Takes any server: these tests are about what the server does.
#[derive(Debug)]
struct Trusting {
    raw: bool,
}

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        self.raw
    }
}
