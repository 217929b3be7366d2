# Every word that Liaison's station says to people, in English.
#
# Errors come in pairs: what happened, and as `.hint` what to do next. The help of the command line stands under
# `cli-…`: what a command is about, each argument by its name, and as `.more` the examples. Tests find a key that is
# missing, and one that nobody uses.

## The command line

cli = Points of Contact of States reach each other, end to end encrypted
    .more =
        Examples:
          liaison init --invitation xa.invitation        make this station
          liaison send general --to xb/diplomatic/1 -m "Which office handles sea ports?"
          liaison inbox --new                            what came in
          liaison show 3f9a0c21                          read it
          liaison ack 3f9a0c21                           say that it arrived; never agreement
          liaison ping --group xr-north                  who answers, and how soon
          liaison watch                                  stay connected

        Environment:
          LIAISON_HOME         where the station lives, if not in ~/.liaison
          LIAISON_PASSPHRASE   its passphrase, where nobody can be asked
          LIAISON_LOG          what to log on standard error, such as debug
          NO_COLOR             no colours
    .codes =
        Exit codes:
        { $list }

# Arguments that every command has, or several share.
cli-shared =
    .home = Where the station lives [default: ~/.liaison]
    .passphrase_file = Read the passphrase from this file
    .json = Print JSON, one object a line; errors too
    .yes = Answer every question with yes
    .transport = How to reach the relay
    .offline = Do not connect
    .verbose = Also say what only helps to find a fault
    .organisation = The institution that the office belongs to
    .backup_of = The primary office that it stands in for, as a back-up
    .person = One person answers there, and not a unit
    .wants = Kinds of message that it wants [default: all]
    .same_poc_in = Groups whose own lists have the same Point of Contact
    .effective = Since when this has been so: 2026-03-01
    .valid_until = Until when it is expected to hold
    .out = Write it to this file instead of submitting it
    .dry_run = Show it, and do nothing
    .old_directory = Use a directory that was not refreshed for 1 to 7 days
    .message = The message: its hash, the beginning of it (6 digits or more), or its id

cli-init = Make a station here, with keys of its own
    .invitation = The invitation: as text, in a file, or - for standard input
    .more =
        The keys never leave this folder. The passphrase opens it; nobody can recover it.

        Examples:
          liaison init --invitation xa.invitation
          liaison --home ./second init --invitation network.introduction

cli-network = Found a network, or see which one this is
    .more =
        Examples:
          liaison network show

cli-network-found = Found a network: make the custodian's keys, and the file that its relay starts with
    .id = Short name of the network, shown to people
    .fictional = For training: only then fictional States may join, and every page says so
    .relays = What `liaison-relay init` wrote; the first relay keeps the directory's log
    .profile = What the network is for: full, france, uk-core, joint-2022 or india
    .keys = How many custodian keys to make here
    .threshold = How many of them must sign
    .out = Where to write the founding file
    .more =
        Examples:
          liaison network found --id exercise --fictional --relay relay.pub --out network.found
          liaison-relay serve --dir /srv/relay --found network.found

cli-network-show = Show which network this is, its relays, and this station's place in it
    .more =
        Examples:
          liaison network show --json

cli-network-introduce = Print where the network is, for a second station of the same office or State
    .more =
        It holds no secret and opens no door: the new station's device is certified with `liaison
        device certify`.

        Examples:
          liaison network introduce --out network.introduction
          liaison directory export --out directory.copy

cli-network-settings = Say which profile the network follows, and its intervals (the custodian)
    .profile = full, france, uk-core, joint-2022 or india; what is said besides goes over it
    .check_months = Months between communication checks
    .reminder_months = Months after which an entry is to be confirmed again
    .notice_days = Days within which a change is to be notified
    .operational_states = States with a Point of Contact from which on the network is operational
    .more =
        What is not said stays as it is. Every station follows it as soon as it has it.

        Examples:
          liaison network settings --profile joint-2022
          liaison network settings --reminder-months 12 --dry-run

cli-network-operate = Say how the network is run: its relays and the custodian's keys (the custodian)
    .relays = Take these relays in, as `liaison-relay init` wrote them; one of the same name is replaced
    .drop_relays = Leave these relays out
    .new_keys = Make so many custodian keys more here
    .drop_keys = Leave these custodian keys out, by the beginning of their ids
    .threshold = How many custodian keys must sign from then on
    .witnesses = Take these witnesses in, by the lines that `liaison witness init` printed; one of the same name is replaced
    .drop_witnesses = Leave these witnesses out
    .cosignatures = How many witnesses must have seen an entry before what it gives counts
    .more =
        It counts after 7 days, or at once when all custodian keys sign. Other witnesses count once the old ones have seen
        the entry that names them.

        Examples:
          liaison network operate --relay second.pub
          liaison network operate --witness 'xa.example+1f2e3d4c+BA==' 'xb.example+5b6a7988+BB==' --cosignatures 2
          liaison network operate --new-keys 2 --threshold 2 --out network.change

cli-network-note = Suspend or restore what is shown of an entry, or freeze a key for a day (the custodian)
    .subject = Which: xa, xa/operations/1, or group:xr-north
    .suspend = Show it as suspended, with this reason
    .restore = Show it as before, with this reason
    .freeze = Let nothing count that this key signs for 24 hours, with this reason; its State can lift that at once
    .key = The key that is frozen: its id
    .more =
        A note changes no State's entry: keys and offices stay as they are.

        Examples:
          liaison network note xb/operations/1 --suspend "Asked for by note verbale 14/2026"
          liaison network note xb --freeze "Reported stolen by telephone" --key 5b1f0c2a9d4e47c88f10a2b3c4d5e6f7

cli-invite = Invite a State or an organization (the custodian)
    .owner = Whom: xa, or org:xr-north
    .qr = Show it as a QR code too
    .more =
        The line is a key: it lets its holder read the directory and speak for this owner until the
        first device is certified. Hand it over by a safe way.

        Examples:
          liaison invite xa --out xa.invitation
          liaison invite xa --qr

cli-state = Enrol a State or an organization, and name who acts for it
    .more =
        Examples:
          liaison state enrol xa --name "State XA" --out xa.enrolment

cli-state-init-root = Make a State's root keys on this station, which needs no network, and print their fingerprint
    .owner = Whose: xa, or org:xr-north
    .keys = How many root keys to make here
    .threshold = How many of them must sign
    .name = Name, for the sheet
    .sheet = Write a page to print and send with the note verbale
    .dry_run = Show it, and do nothing
    .more =
        Asked again, it makes no new keys and prints the same fingerprint. `liaison state enrol` then uses
        these keys.

        Examples:
          liaison state init-root xa --keys 3 --threshold 2 --name "State XA" --sheet xa.html

cli-state-enrol = Make the root keys of a State or organization here, and the statement that enrols it
    .owner = Which: xa, or org:xr-north
    .name = Name, as shown to others
    .keys = How many root keys to make here
    .threshold = How many of them must sign
    .regional_group = The State's regional group at the United Nations
    .note_verbale = Reference of the note verbale that carries the fingerprint
    .more =
        The custodian signs it too: carry the file there, `liaison sign` it, and compare the
        fingerprint.

        Examples:
          liaison state enrol xa --name "State XA" --note-verbale "XA 2026/14" --out xa.enrolment
          liaison state enrol org:custodian --name "Secretariat"

cli-state-delegate = Let an admin key on this station act for the root
    .owner = For whom: xa, or org:xr-north
    .more =
        Signed by the root: where the root is kept elsewhere, carry the file there and sign it.

        Examples:
          liaison state delegate xa --out xa.delegation

cli-state-undelegate = End admin keys; they never come back
    .owner = Of whom: xa, or org:xr-north
    .admins = Which keys, by the beginning of their ids [default: all that count now]
    .void_since = Take back what they signed from this entry of the log on, but for revocations and withdrawals
    .more =
        Signed by the root. Without --void-since what they signed stays.

        Examples:
          liaison state undelegate xa --out xa.undelegation
          liaison state undelegate xa --admin 5b1f0c2a --void-since 812 --out xa.undelegation

cli-state-change-root = Change the root keys of a State or organization
    .owner = Of whom: xa, or org:xr-north
    .keys = How many new root keys to make here
    .threshold = How many of the keys must sign from then on
    .keep = Old keys that stay, by the beginning of their ids
    .more =
        It counts after 72 hours, or at once when all old keys sign. Until then any old key can stop it
        with `liaison state contest`.

        Examples:
          liaison state change-root xa --keys 3 --threshold 2 --out xa.root

cli-state-re-root = Give a State that lost its root another one, by the word of other States
    .owner = Which State lost its root
    .by = The States whose roots sign it
    .keys = How many new root keys to make here
    .threshold = How many of them must sign
    .more =
        It counts after 14 days; all its old devices and admins end then. Any live key of that State can
        stop it with `liaison state contest`. The custodian signs it too.

        Examples:
          liaison state re-root xa --by xb xc xd xe xf --keys 3 --threshold 2 --out xa.re-root

cli-state-participation = Pause, leave, or take part again
    .taking = pause, leave or return
    .state = The State, if this station's own is not meant
    .more =
        Who paused or left gets nothing until it returns; its entries stay in the log.

        Examples:
          liaison state participation pause
          liaison state participation return

cli-state-policy = Say how the State's own stations act
    .state = The State, if this station's own is not meant
    .release_broadcasts = Whether messages to a group or to all need a second officer
    .release_kinds = Kinds of message that need one wherever they go
    .seen = Whether senders are told that a message was looked at
    .posts_a_day = How many messages and receipts a day the State may send, if fewer than the relay allows
    .more =
        What is not said stays as it is.

        Examples:
          liaison state policy --release-broadcasts true --seen false

cli-state-permit = Let an organization draft this State's entries
    .organization = Which: org:xr-north
    .no_more = It may no longer
    .state = The State, if this station's own is not meant
    .more =
        No draft has an effect before the State itself signs it.

        Examples:
          liaison state permit org:xr-north
          liaison state permit org:xr-north --no-more

cli-state-attest = Vouch for another State's root, after comparing its fingerprint
    .owner = For whom
    .state = The State that vouches, if this station's own is not meant
    .more =
        Signed by this State's root. Compare the digits with the note verbale first.

        Examples:
          liaison state attest xb --out xb.attestation

cli-state-contest = Stop a change of root, admins or a re-root before it counts, or lift a freeze
    .entry = The entry of the log that says it
    .more =
        One key is enough: any old root key against a change of root or admins, any live key of the State
        against a re-root; the root or an admin against a freeze.

        Examples:
          liaison state contest 812

cli-office = Nominate an office: a Point of Contact
    .more =
        Examples:
          liaison office nominate xa/operations/1 --unit "National CERT duty desk"

cli-office-nominate = Put an office into the directory
    .office = Owner, main category and number: xa/operations/1
    .unit = Name of the unit, as shown to others; not a person
    .categories = What it is for, besides its main category
    .level = senior or working
    .rank = primary, or backup: asked when the primary does not answer
    .languages = Languages in which it receives messages, such as en
    .more =
        Examples:
          liaison office nominate xa/operations/1 --unit "National CERT duty desk" --language en fr
          liaison office nominate org:custodian/secretariat/1 --unit "Directory secretariat"

cli-office-update = Change an office's entry
    .office = The office
    .unit = Name of the unit, as shown to others; not a person
    .categories = What it is for, besides its main category
    .level = senior or working
    .rank = primary or backup
    .languages = Languages in which it receives messages, such as en
    .more =
        What is not said stays as it is.

        Examples:
          liaison office update xa/operations/1 --unit "National CERT, duty desk" --effective 2026-03-01

cli-office-withdraw = End an office; it never comes back
    .office = The office
    .more =
        Examples:
          liaison office withdraw xa/operations/2

cli-office-confirm = Look at an office's entry, and say that it still holds
    .office = The office [default: this station's own]
    .more =
        Examples:
          liaison office confirm

cli-office-card = Store an office's contact data: e-mail, telephone, hours; participants read it, and the log holds only its hash
    .office = The office
    .file = Take the whole card from a JSON file, as `liaison directory show --json` prints it, or - for standard input
    .emails = E-mail addresses, each with unit, person or duty: duty@cert.example=duty
    .phones = Telephone numbers, each with office, duty-24x7, mobile, fax or satellite: "+999 0000 0001=duty-24x7"
    .person = The person in charge, if the State names one
    .designation = That person's designation
    .city = City
    .time_zone = Time zone, such as Europe/Vienna
    .hours = When somebody is there: mo-fr=09:00-17:00
    .always = Somebody is there around the clock
    .absent = When nobody is: 2026-08-01..2026-08-15
    .pgp = Fingerprint of an OpenPGP key
    .only_for = Groups whose members alone may read it
    .remove = Erase the card
    .more =
        What is not said stays as it is. The card that it replaces is erased.

        Examples:
          liaison office card xa/operations/1 --email duty@cert.example=duty --phone "+999 0000 0001=duty-24x7"
          liaison office card xa/operations/1 --time-zone Europe/Vienna --always

cli-device = Certify or end the keys that speak for an office
    .more =
        Examples:
          liaison device certify xa/operations/1

cli-device-certify = Let this station speak for an office
    .office = The office
    .more =
        Where the root or admin key is kept elsewhere, carry the file there and sign it.

        Examples:
          liaison device certify xa/operations/1
          liaison device certify xa/operations/1 --out device.request

cli-device-revoke = End a device; it never comes back
    .device = Its id, as `liaison directory show` prints it
    .compromised_since = Since when its key may have been in other hands; leave it out when the device was only retired
    .more =
        Examples:
          liaison device revoke 5b1f0c2a9d4e47c88f10a2b3c4d5e6f7 --compromised-since 2026-03-02T02:00Z

cli-device-suspend = Set a device aside for a time: nothing is sealed to it, and what it signs is disputed
    .device = Its id, as `liaison directory show` prints it
    .until = Until when: 24h, or 2026-03-04T08:00Z; at most 72 hours for another device of the office
    .more =
        Examples:
          liaison device suspend 5b1f0c2a9d4e47c88f10a2b3c4d5e6f7 --until 24h

cli-device-restore = End a device's suspension
    .device = Its id, as `liaison directory show` prints it
    .more =
        Examples:
          liaison device restore 5b1f0c2a9d4e47c88f10a2b3c4d5e6f7

cli-group = Define groups of States, keep their members, join
    .more =
        Examples:
          liaison group join xr-north

cli-group-define = Define a group and name its coordinator (the custodian)
    .group = Short name, such as xr-north
    .name = Name, as shown
    .coordinator = The organization that keeps its members
    .more =
        Examples:
          liaison group define xr-north --name "Northern region" --coordinator org:xr-north

cli-group-member = Set a State's status in a group (its coordinator)
    .group = The group
    .state = The State
    .status = member, suspended, observer or removed
    .more =
        Only members that have joined get the group's messages.

        Examples:
          liaison group member xr-north xa --status member

cli-group-join = Say that one's own State wishes to be in a group
    .group = The group
    .state = The State, if this station's own is not meant
    .more =
        Examples:
          liaison group join xr-north

cli-group-leave = Say that one's own State no longer wishes to be in a group
    .group = The group
    .state = The State, if this station's own is not meant
    .more =
        Examples:
          liaison group leave xr-north

cli-group-end = End a group (the custodian)
    .group = The group
    .more =
        Examples:
          liaison group end xr-north

cli-group-import = Make the directory's groups as a file says: show what differs, ask, and say what this station may say
    .file = The group file, or - for standard input
    .groups = Only these groups of the file
    .dry_run = Show what differs, and do nothing
    .more =
        Groups are defined by the custodian, members by each group's coordinator; what this station holds no
        key for is shown and left. Who is in the directory and not in the file is shown, and never removed.

        Examples:
          liaison group import regions.json --group osce --dry-run
          liaison group import regions.json --group osce

cli-group-export = Write the directory's groups to a file, or the lists that come with this version
    .groups = Only these groups
    .shipped = The lists of regional organizations that come with this version, to begin with
    .out = Where to write it
    .more =
        Examples:
          liaison group export --shipped --out regions.json
          liaison group export --group xr-north --out north.json

cli-sign = Show what a carried statement says, and sign it with the keys that are here
    .file = The file, or - for standard input
    .more =
        When all have signed it is submitted, unless --out says where to write it.

        Examples:
          liaison sign xa.enrolment
          liaison sign xa.delegation --out xa.delegation.signed

cli-submit = Put a statement that all have signed into the directory
    .file = The file, or - for standard input
    .more =
        Examples:
          liaison submit xa.enrolment.signed

cli-directory = Look up States, offices and groups; works without a relay
    .more =
        Examples:
          liaison directory list --group xr-north --category operations
          liaison directory show xb

cli-directory-list = List offices, narrowed down by what is known of them
    .words = Words that stand anywhere in the entry
    .owner = Of this State or organization
    .group = Of the members of this group
    .category = Of this category
    .region = Of States in this region of the United Nations' statistics: Europe, or 150
    .language = That receive messages in this language
    .due = That are to be confirmed
    .awake = Where somebody is there now, as the card says
    .contacts = Show telephone, e-mail and local time: the page to print
    .more =
        Examples:
          liaison directory list --category operations
          liaison directory list cert --group xr-north --language fr
          liaison directory list --due --json
          liaison directory list --awake --contacts

cli-directory-show = Show an office, a State or organization, or a group
    .name = xb/operations/1, xb, or group:xr-north
    .more =
        Examples:
          liaison directory show xb/operations/1
          liaison directory show group:xr-north

cli-directory-confirm = Look at an office's entry, and say that it still holds
    .office = The office [default: this station's own]
    .more =
        For this station's own office, its key for senders who were long offline is renewed as well, and
        a message to itself shows that it can be reached and opens what comes.

        Examples:
          liaison directory confirm
          liaison directory confirm xa/operations/1

cli-directory-reads = List who read the contact cards of one's own State, day by day
    .more =
        Examples:
          liaison directory reads --json

cli-directory-check = Say what would make a State's entries better; it stops nothing
    .owner = Whose [default: this station's own]
    .more =
        Examples:
          liaison directory check
          liaison directory check xb --json

cli-directory-role = Say what the offices of each category are for
    .category = Only this one
    .more =
        Examples:
          liaison directory role
          liaison directory role operations

cli-directory-verify = Check the directory against its signed checkpoint, and print the fingerprints to compare
    .more =
        Examples:
          liaison directory verify

cli-directory-evidence = List what this station holds that shows others that the log's holder lied
    .out = Write each proof to a file in this folder
    .more =
        Examples:
          liaison directory evidence --out proofs

cli-directory-verify-evidence = Judge a proof that somebody else wrote, by nothing but the network's name
    .file = The file, or - for standard input
    .more =
        Examples:
          liaison directory verify-evidence split-view-1.evidence

cli-directory-export = Write the directory to a file: a copy for a station that cannot connect, or a list
    .format = copy, csv, json, or participation: who takes part, without any contact data
    .out = Where to write it
    .more =
        A copy holds no secret. A list holds contact data.

        Examples:
          liaison directory export --out directory.copy
          liaison directory export --format csv --out offices.csv
          liaison directory export --format participation --out states.csv

cli-directory-import = Take the directory from a copy, or make entries of a list of offices (CSV or JSON)
    .file = The file, or - for standard input
    .drafts = Write a list for each State whose keys are elsewhere; it releases it with this same command
    .dry_run = Show what would become of each line, and do nothing
    .more =
        A copy is checked like a relay's. Of a list each line is shown with what becomes of it; the columns are
        those that `liaison directory export --format csv` writes, and all but the office may be missing.

        Examples:
          liaison --home ./root directory import directory.copy
          liaison directory import offices.csv --dry-run
          liaison directory import region.csv --drafts drafts

cli-send = Write, seal and send a message
    .kind = general, crisis-message, incident-notification, request-for-assistance, or another kind
    .to = To these offices
    .groups = To the members of these groups
    .global = To all States
    .categories = Only to offices of these categories; all: to every office
    .with_coordinators = To the groups' coordinators too
    .precedence = flash, immediate, priority or routine
    .message = The message's text, or - for standard input
    .subject = Subject line
    .set = Set any field: incident.severity=high
    .file = Read the message from a JSON or YAML file, or - for standard input
    .expires = When it loses its meaning: 48h, or 2026-03-04T08:00Z [default: 30 days]
    .reply_to = The message that it answers; without an addressee it goes to that message's sender
    .case = The case that it belongs to
    .exercise = Part of an exercise: signed and shown as one
    .test = A technical test
    .more =
        Three things are enough: a kind, an addressee, a text. To more than one office, the list is
        shown by name and asked about. Without a connection the message is sealed, safe, and waits:
        exit code 75.

        Examples:
          liaison send general --to xb/diplomatic/1 -m "Which office handles sea ports?"
          liaison send incident-notification --group xr-north -p immediate -m "Two utilities."
          liaison send --file update.yaml --reply-to 3f9a0c21
          liaison send general --to xb/operations/1 -m - < text.txt

cli-inbox = Fetch and list what came in
    .new = Only what nobody has looked at
    .crisis = Only flash, immediate and crisis messages
    .quarantine = What was set aside, with the reason
    .mark = Count what is listed as looked at
    .more =
        Examples:
          liaison inbox
          liaison inbox --new --mark --json | ./to-ticket

cli-show = Print a message: who says it, proved how, and what it says
    .more =
        Examples:
          liaison show 3f9a0c21
          liaison show 3f9a0c21 --json

cli-ack = Acknowledge a message, or answer a check as a person; never agreement
    .level = received, in-hand, redirected or cannot-handle [default: what the other arguments imply]
    .reply_by = When an answer can be expected: 4h, or 2026-03-02T18:30Z
    .redirect = The offices that it was passed to
    .text = A few words
    .more =
        Examples:
          liaison ack 3f9a0c21
          liaison ack 3f9a0c21 --reply-by 4h -m "Two people are on it."
          liaison ack 3f9a0c21 --redirect xa/technical/1

cli-status = Show how far a message of ours has come at each office
    .more =
        Examples:
          liaison status 3f9a0c21

cli-outbox = List what we sent, and what still waits here
    .waiting = Only what no relay has taken yet
    .more =
        Examples:
          liaison outbox --waiting

cli-ping = Check who answers, and how soon
    .offices = These offices
    .groups = The members of these groups
    .global = All States
    .categories = Only offices of these categories
    .human = People answer, with `liaison ack`, and not their stations
    .precedence = flash, immediate, priority or routine
    .wait = How long to wait for answers
    .more =
        What comes later is counted too: `liaison status` shows it.

        Examples:
          liaison ping xb/operations/1
          liaison ping --group xr-north --wait 2m
          liaison ping --group xr-north --human --wait 0s

cli-watch = Stay connected: tell what comes, answer checks, serve other commands of this station
    .on_message = Run this command for each message, with the message as JSON on its standard input
    .more =
        Ends with Ctrl-C or SIGTERM. Other `liaison` commands on the same home go through it while
        it runs.

        Examples:
          liaison watch
          liaison watch --json
          liaison watch --on-message ./to-ticket

cli-reseal = Have a message opened that an office cannot open any more: seal its key for it again
    .message = The message: the beginning of its hash, or its id; without it, a list of who asks
    .office = For this office alone
    .more =
        A station whose keys ended or were lost asks for what was sealed to them, and the sender's
        station answers by itself where that is safe: once, of a message under 30 days old that was
        never opened there. For the rest it asks you, because a stolen key could ask for old messages.
        Call the office first, under a number that you knew before.

        Examples:
          liaison reseal
          liaison reseal 3f9a0c21
          liaison reseal 3f9a0c21 --office xb/operations/1 --yes

cli-witness = Vouch for the directory: this station says, hour by hour, up to which entry it saw it
    .more =
        A witness keeps the host honest: what an entry gives counts at other stations only once enough witnesses have seen
        it, and a witness never puts its name under two histories. `liaison watch` does the work; it needs no attention.

        Examples:
          liaison witness init xa.example

cli-witness-init = Make this station's key as a witness, and print the line to give to the custodian
    .name = A name that everybody will see: one word, like a host's name
    .more =
        Examples:
          liaison witness init xa.example

cli-witness-show = Show this station's line as a witness, and how far it has seen the directory
    .more =
        Examples:
          liaison witness show --json

cli-witness-accept = Take an entry that this witness did not want to put its name under
    .entry = The entry's number
    .more =
        Look at the entry first, and ask the custodian why its time is odd.

        Examples:
          liaison witness accept 217

cli-completions = Print the completions for a shell
    .shell = Which shell
    .more =
        Examples:
          liaison completions bash > ~/.local/share/bash-completion/completions/liaison

## Exit codes

exit-0 = done; for a message: a relay has it on disk
exit-2 = the command line is wrong
exit-3 = a person's yes was needed: nobody could be asked, or the answer was no
exit-4 = a check ended before everybody had answered
exit-65 = what was given cannot be used: a file, a field, a statement
exit-66 = no such message, office, group or file
exit-69 = no relay could be reached; what was shown may be old
exit-70 = the station is damaged, or the program is wrong
exit-73 = it is there already, and nothing was changed
exit-74 = the disk or the terminal refused
exit-75 = the message is sealed and safe, and waits in the outbox
exit-76 = the relay cannot be believed
exit-77 = not allowed: by the directory, the relay or the passphrase
exit-78 = the station is not ready: none here, no network yet, not certified, or open elsewhere

## Errors: what happened, and what to do next

error-no-home = There is no station in { $home }.
    .hint = Make one with `liaison init`, or say with --home where it is.
error-home-exists = There is a station in { $home } already; nothing was changed.
    .hint = Give a new invitation to it with `liaison init --invitation FILE`, or make another station with --home DIR.
error-home-in-use = The station in { $home } is open in another process ({ $pid }).
    .hint = Wait until that command ends. To use a station from several commands at once, run `liaison watch`.
error-watched = A watch runs on the station in { $home } already.
    .hint = Other commands go through it; there is nothing to do.
error-watch-gone = The watch that has this station open went away, or does not understand.
    .hint = Try again; if it stays so, end that watch and start it anew.
error-no-place = There is no home directory for this user.
    .hint = Say with --home or LIAISON_HOME where the station is.
error-no-passphrase = The passphrase is needed, and nobody can be asked.
    .hint = Give it with --passphrase-file FILE, or in LIAISON_PASSPHRASE.
error-empty-passphrase = The passphrase is empty.
    .hint = Choose one; it is all that protects the keys on this disk.
error-passphrases-differ = The two passphrases differ; nothing was made.
    .hint = Try again.
error-passphrase = The passphrase does not open this station.
    .hint = Try again. If it is surely right, the file `key` was changed: put it back from a backup. Nobody can recover a passphrase; a second station of the office can be certified instead.
error-key-file = The station's key file is damaged.
    .hint = Put it back from a backup of the station.
error-disk-full = The disk is full. Nothing is damaged, and nothing is lost.
    .hint = Make space, and do it again. No backup is needed.
error-unknown-kind = There is no kind of message called { $kind }.
    .hint = The kinds are: { $known }.
error-vault-open = The station's vault does not open.
    .hint = Look at the disk, then put the station back from a backup. `-v` says more.
error-vault-write = The station's vault cannot be written; what was asked for was not done.
    .hint = Look at the disk: is it full? Then try again.
error-vault-foreign = Record { $sequence } of the vault does not open: it is another station's, or was changed.
    .hint = Put the station back from a backup.
error-vault-damaged = { $count ->
        [one] One record of the vault is damaged, at { $first }.
       *[other] { $count } records of the vault are damaged, the first at { $first }.
    }
    .hint = Put the station back from a backup.
error-prekeys = { $file } does not open: it is another station's, or was changed.
    .hint = Put the station back from a backup.
error-no-network = This station belongs to no network yet.
    .hint = Give it its invitation: `liaison init --invitation FILE`.
error-other-network = This station belongs to another network ({ $network }); a station never changes.
    .hint = Make another station with --home DIR.
error-no-directory = This station has not fetched the directory yet.
    .hint = Connect once, or take it from a file: `liaison directory import FILE`.
error-not-witnessed = Too few of the network's witnesses have seen this directory, so nothing is sealed under it.
    .hint = Connect again later; if that lasts, ask the custodian which witness is silent.
error-not-asked-to-reseal = No office asks to have message { $message } sealed again.
    .hint = `liaison reseal` lists who asks.
error-reseal-ended = This message cannot be sealed again: it has ended.
    .hint = Send a new one.
error-reseal-not-live = The device that asks does not speak for that office now: it ended, or was revoked or suspended.
    .hint = Call the office, and send a new message to who speaks for it now.
error-reseal-old-directory = The directory is over a day old: the device that asks may have been revoked since.
    .hint = Connect, and try again.
error-reseal-no-key = The device that asks has no key that could be sealed to.
    .hint = It hands in new ones when it connects; try again then.
error-no-witness = This station is no witness.
    .hint = `liaison witness init NAME` makes it one.
error-witness-already = This station is a witness already.
    .hint = `liaison witness show` prints its line for the custodian.
error-witness-name = This cannot be a witness's name.
    .hint = It is one word of at most 64 characters, without a plus sign: the name of a host, for example.
error-which-witness = The network has no witness { $name }.
    .hint = `liaison directory verify` lists them.
error-too-few-witnesses = { $k } cosignatures cannot come from { $n } witnesses.
    .hint = Name more with --witness, or ask for fewer with --cosignatures.
error-not-certified = This station does not speak for an office: its device is not certified, or no longer.
    .hint = Certify it: `liaison device certify OFFICE`.
error-internal = Something went wrong that should not.
    .hint = Run it again with -v, and tell who maintains Liaison.

error-offline = --offline was given, and this needs a relay.
    .hint = Leave --offline out.
error-unreachable = No relay can be reached.
    .hint = Look at the network and the firewall (UDP and TCP, one port). `--transport tcp` helps where UDP is blocked.
error-cut = The connection to the relay was cut.
    .hint = Try again.
error-silent = The relay did not answer in time.
    .hint = Try again.
error-relay-protocol = The relay does not keep to the protocol.
    .hint = Tell who runs the relay; look whether this program is of the newest version.
error-not-logged = The relay said that the statement is in the directory, and its log does not show it.
    .hint = Submit it again; if that does not help, tell the custodian by another way than this relay.
error-logged-its-end = The relay says that it is entry { $index }, and lets this station in no longer, because it ends it.
    .hint = Look from another station whether it stands in the directory.
error-logged-ahead = The relay's log holds an entry that is dated after its own checkpoint; nothing of it was taken.
    .hint = Tell the custodian.
error-head-ahead = The relay's directory is dated { $hours } hours ahead of this computer's clock; nothing of it was taken.
    .hint = Set this computer's clock. If it is right, tell the custodian.
error-log-too-large = The relay's log is larger than a directory can be; nothing of it was taken.
    .hint = Tell the custodian.
error-unreadable-statement = This version cannot read what the statement says, and does not sign it.
    .hint = Use the version of Liaison that it was made with, or ask who made it.
error-bad-checkpoint = The relay's checkpoint is not signed by the log's key; nothing of it was taken.
    .hint = Tell the custodian.
error-unpaired-checkpoint = The relay's checkpoint speaks of two different logs; nothing of it was taken.
    .hint = Tell the custodian.
error-altered-log = Somebody changed an entry of the directory on its way; nothing of it was taken.
    .hint = Try again; if that does not help, take the directory from another station in a file, and tell the custodian.
error-log-not-shown = The relay's checkpoint covers { $size } entries, and the relay shows { $shown }; nothing of it was taken.
    .hint = Take the directory from another station in a file, and tell the custodian.
error-wrong-log = This is the log of another network; nothing of it was taken.
    .hint = Look at the invitation: is it for this network?
error-split-view = ALARM: this is another history of the directory than the one held here. Somebody shows different directories to different people.
    .hint = Do not send. Keep this station as it is, and call the custodian and other States by telephone.
error-not-a-directory = This is not a copy of the directory, or it is damaged.
    .hint = Make it again with `liaison directory export --out FILE`.
error-relay-not-admitted = The relay does not know this station's key: not in the directory, not invited, or no longer.
    .hint = Ask the custodian for an invitation, or have the device certified.
error-relay-not-allowed = The relay does not let this station do that.
    .hint = Look with `liaison network show` for which office this station speaks.
error-relay-network = The relay serves another network.
    .hint = Look at the invitation.
error-relay-version = The relay speaks another version of the protocol.
    .hint = Look whether this program is of the newest version.
error-relay-quota = The relay takes no more from this State for now.
    .hint = What was sealed waits and is sent later.
error-relay-busy = The relay is full or stopping.
    .hint = What was sealed waits and is sent later.
error-relay-replaced = The same station connected from somewhere else, and this connection was ended.
    .hint = A station lives in one place: look for a copy of it. If you know of none, have the device revoked.
error-relay-ahead = The relay refuses what is dated in the future: this computer's clock is ahead.
    .hint = Set the clock.
error-relay-expired = It has ended already.
    .hint = Send it again with a later --expires.
error-relay-void = The directory would not take this statement.
    .hint = Fetch the directory with `liaison directory verify`, and make the statement anew.
error-relay-chain = Somebody else was faster: the directory has changed meanwhile.
    .hint = Make the statement anew.
error-relay-not-yet = The relay does not do that in this version.
    .hint = Ask who runs it.
error-relay-refused = The relay refused ({ $code }).
    .hint = Run it again with -v, and tell who runs the relay.

error-no-office = { $office } is not an office in the directory.
    .hint = Look with `liaison directory list`.
error-no-group = { $group } is not a group in the directory.
    .hint = Look with `liaison directory verify`, or ask its coordinator.
error-no-owner = { $owner } is not enrolled.
    .hint = Look with `liaison directory verify`.
error-no-device = { $device } is not a device in the directory.
    .hint = Look with `liaison directory show OFFICE`.
error-not-in-directory = { $name } is not in the directory.
    .hint = Offices are written xb/operations/1, States xb, groups group:xr-north.
error-nobody = Nobody would get this message.
    .hint = Look with `liaison directory list` and `liaison directory show GROUP` who is there: perhaps no office has these categories, or the group's members have not joined yet (`liaison group join`, by each State).
error-no-addressee = Nobody is addressed, or far too many are.
    .hint = Say to whom: --to OFFICE, --group GROUP or --global.
error-no-live-key = No addressee has a key that could be sealed to.
    .hint = Reach them by telephone: `liaison directory show OFFICE` has all numbers. If this station was offline for long, connect once, so that keys are fetched.
error-not-entitled-kind = This office may not send this kind of message.
    .hint = Send it as `general`.
error-not-entitled-off = This network does not use this kind of message.
    .hint = Look at its profile with `liaison network show`; `general` goes everywhere.
error-not-entitled-category = This network does not use one of these categories.
    .hint = Look at its profile with `liaison network show`, and leave the category out.
error-not-entitled-custodian = Assistance is between States: the custodian does not receive it.
    .hint = Address States' offices with --to.
error-not-entitled-scope = This office may send this kind of message, but not so widely.
    .hint = Address offices by name with --to.
error-not-entitled-group = Only the coordinator of these groups may send this to them.
    .hint = Address offices by name with --to.
error-too-many = { $got } recipients; one message holds { $max }.
    .hint = Narrow it down with --category, or send it in parts.
error-too-large = The message has { $got } bytes; at most { $max } fit.
    .hint = Shorten it.
error-lifetime = A message must end after it was made, and within 400 days.
    .hint = Give another --expires.
error-fiction = { $path }: { $state } is a fictional State, and the message is actual.
    .hint = Send it with --exercise, or take the State out.
error-old-directory = The directory was not refreshed for { $hours } hours.
    .hint = Connect first; or use it all the same with --old-directory.
error-stale-directory = The directory was not refreshed for { $days } days; nothing is sealed under it.
    .hint = Connect first, or take a newer one with `liaison directory import FILE`.
error-old-preview = The list of recipients was shown more than an hour ago.
    .hint = Do it again.
error-other-recipients = To whom this would go has changed since it was shown: the directory or somebody's keys are others now.
    .hint = Do it again, and look at the list.
error-content = The message cannot be made.
    .hint = Mend it, and try again.
error-draft = The message cannot be sent as it is:
    .hint = Mend it, and try again; nothing was sent.
error-draft-file = { $file } cannot be read:
    .hint = It is JSON or YAML; nothing was sent.
error-no-kind = It is not said which kind of message it is.
    .hint = Say it: `liaison send general …`, or `kind` in the file.
error-no-text-field = Messages of the kind { $kind } have no text.
    .hint = Use --subject, or --set FIELD=VALUE.
error-set = { $line } sets nothing.
    .hint = Write --set FIELD=VALUE, such as --set incident.severity=high.
error-no-field = There is no field { $path }.
    .hint = The kinds and their fields are in docs/templates.md.
error-field = { $path }: found { $found }, expected { $expected }.
    .hint = Mend it, and try again; nothing was sent.
error-field-group = { $path } has fields of its own: { $fields }.
    .hint = Name one of them.
error-field-position = { $path }: the list has { $n } items so far.
    .hint = Leave the number out to add one.
error-kind-first = { $path }: it is not said yet which kind of message it is.
    .hint = Say it: `liaison send general …`, or `kind` in the file.

error-no-message = There is no message { $message } here.
    .hint = Look with `liaison inbox` or `liaison outbox`.
error-ambiguous = { $message } names several messages.
    .hint = Give more digits of the hash.
error-message-name = { $text } names no message.
    .hint = Give its hash, { $n } or more digits of its beginning, or its id.
error-own-message = { $message } is a message of our own.
    .hint = `liaison status` shows how far it has come.
error-not-own-message = { $message } is not a message of our own.
    .hint = `liaison show` prints it.

error-statement-incomplete = Not all have signed yet; missing: { $signers }.
    .hint = Write it with --out FILE, carry it to who holds the missing keys, and sign it there with `liaison sign FILE`.
error-enrol-needs-out = The custodian must sign this enrolment too, and its key is not here.
    .hint = Write it with --out { $owner }.enrolment, and carry the file to the custodian. No keys were made yet.
error-no-statement = There is no statement in { $file }, or it is damaged.
    .hint = Ask for it again; mail may have cut it.
error-not-a-statement = This is not a statement.
    .hint = Ask for it again.
error-statement-network = This statement was made for another network.
    .hint = Look whether you have the right file and the right station.
error-no-key = None of the keys that must sign this is here.
    .hint = Sign it on the station that holds them.
error-nobody-entitled = Nobody in the directory is entitled to say this about { $subject }.
    .hint = Look whether it is enrolled: `liaison directory verify`.
error-not-custodian = Only the custodian invites, and its keys are not here.
    .hint = Ask the custodian.
error-void = The directory would not take this: { $reason }.
    .hint = Make the statement anew.
error-void-chain = The directory has changed since this statement was made.
    .hint = Make the statement anew.
error-overtaken = Somebody else changed { $subject } since this statement was made; it stands at version { $version } now:
    .hint = Look at it with `liaison directory show`, and make the statement anew.
error-void-made = This statement was made too long ago, or a clock is wrong: it must be logged within 7 days.
    .hint = Look at the clock, and make the statement anew.
error-void-signatures = The signatures are not exactly those that the statement names, or one does not verify.
    .hint = Sign it again, from the file as it was made.
error-void-authority = It is not signed by who is entitled to it.
    .hint = Make the statement anew, on the station that holds the right key.
error-void-rule = It breaks a rule of the directory.
    .hint = Look at the names, the numbers and the dates in it.
error-void-cap = The directory holds no more of these.
    .hint = Revoke devices that are not used any more.
error-threshold = { $m } of { $n } keys cannot sign.
    .hint = Give a --threshold of at most --keys.
error-enrolled = { $owner } is enrolled already.
    .hint = Look with `liaison directory show`.
error-nominated = { $office } is in the directory already.
    .hint = Look with `liaison directory show { $office }`; a further office gets the next number.
error-office-role = { $office } is not named after a category.
    .hint = A State's office is one of: { $known }.
error-office-record = The office's record is not well formed.
    .hint = The unit is one line of at most 200 characters; languages are written en, fr, pt-BR.
error-card = This contact card cannot be stored:
    .hint = Mend it, and try again; nothing was stored.
error-email = { $text } is not an e-mail address, or not with unit, person or duty behind it.
    .hint = Write it as duty@cert.example or duty@cert.example=duty.
error-phone = { $text } is not a telephone number that can be dialled from anywhere, or not with what it is for.
    .hint = Write it with + and the country's code: "+999 0000 0001=duty-24x7".
error-zone = { $zone } is not a time zone that this system knows.
    .hint = Write it as Europe/Vienna.
error-hours = { $text } says no hours.
    .hint = Write them as mo-fr=09:00-17:00.
error-evidence = This file shows nothing:
    .hint = Ask for it again; if it stays so, do not rely on what it is said to show.
error-no-region = There is no region { $region }.
    .hint = Write it as the M49 standard names it: Europe, South-eastern Asia, or 150.
error-group-file = { $file } is not a group file:
    .hint = `liaison group export --shipped` writes one to begin with.
error-not-in-group-file = { $group } is not in this file.
    .hint = Look at the ids in it.
error-list = This list cannot be read:
    .hint = Its first line names the columns; `liaison directory export --format csv` shows them.
error-which-office = It is not clear which office is meant.
    .hint = Name it: xa/operations/1.
error-root-held = This station holds { $n } root { $n ->
    [one] key
   *[other] keys
 } of { $owner } already.
    .hint = Leave --keys out to enrol with them.
error-root-threshold = This station holds { $n } root keys of { $owner }; how many of them must sign?
    .hint = Say it as it was said to `liaison state init-root`: it is part of the fingerprint.
error-which-key = { $key } is not the beginning of exactly one of the keys.
    .hint = `liaison sign FILE` and `liaison directory show` print their ids.
error-no-admin = No admin key of { $owner } counts now.
    .hint = Name the keys with --admin.
error-no-entry = There is no entry { $entry } in this station's copy of the directory.
    .hint = `liaison directory verify` says how many there are.
error-contest-late = Entry { $entry } can no longer be contested: it counts already, or was contested before.
    .hint = Look with `liaison directory show` at what stands.
error-not-contestable = Entry { $entry } says nothing that can be contested.
    .hint = A change of root or admins, a re-root, and a freeze can.
error-no-change = { $office }: that is what stands already; nothing was made.
    .hint = Say what is to change.
error-no-relay-left = Without a relay there is no network.
    .hint = Take another relay in with --relay.
error-which-state = It is not clear which State is meant.
    .hint = Say it with --state.
error-not-an-invitation = This is not an invitation.
    .hint = It is one line that begins with liaison-invitation: - give the text, its file, or - for standard input.
error-relay-file = { $file } is not a relay's public file.
    .hint = Give the relay.pub that `liaison-relay init` wrote.

error-no-file = There is no file { $file }.
    .hint = Look at its name.
error-file = { $file } cannot be used.
    .hint = Look at its owner, its mode and the disk. `-v` says more.
error-file-exists = { $file } is there already; nothing was changed.
    .hint = Give another name, or move it away.
error-not-text = { $file } is not text.
    .hint = Look whether it is the right file.
error-not-unicode = An argument is not text.
    .hint = Use other file names while a watch runs.
error-socket = The socket for other commands cannot be opened in the station's home.
    .hint = The path may be too long for a socket: use a shorter --home. `-v` says more.
error-terminal = The terminal cannot be read.
    .hint = Give the passphrase with --passphrase-file FILE, and --yes for questions.
error-time = { $text } is not a time.
    .hint = Write 48h, 30m, 2d, 2026-03-02T18:30Z or 2026-03-02.
error-unconfirmed = A person has to say yes to this, and nobody can be asked.
    .hint = Look at what is shown, then run it again with --yes.
error-declined = Nothing was done.
    .hint = Run it again when you are ready.

mistake-syntax = the file cannot be read: { $text }
mistake-wrong = { $path }: found { $found }, expected { $expected }
mistake-beside = { $path }: stands beside header and body; put it into one of them
mistake-twice = { $path }: said twice, also as { $also }
mistake-no-text = nothing is said yet: write one of { $fields }
mistake-attachments = { $path }: attachments come with a later version
mistake-stop-word = NO DUFF stands in it, so it cannot go out as an exercise: leave --exercise out, or take the words out
mistake-other = { $text }

## What is expected on the command line

expected-office = an office is written xa/operations/1, or org:custodian/secretariat/1
expected-owner = a State is two letters like xa; an organization is org: and a short name, like org:xr-north
expected-state = a State is two letters like xa
expected-slug = a short name is 1 to 32 of a-z, 0-9 and -
expected-witness = expected a line as `liaison witness init` prints it
expected-device = a device is 32 hexadecimal digits
expected-group = a group is a short name like xr-north
expected-one-of = one of { $names }

## Questions

ask-passphrase = Passphrase:
ask-new-passphrase = New passphrase:
ask-passphrase-again = Once more:
ask-reseal = Have you called the office? Seal it again?
ask-accept-entry = Vouch for it all the same?
ask-yes-no = [y/N]
ask-yes-words = y yes
ask-sign = Is this right? Sign it?
ask-sign-enrolment = Have you compared the fingerprint with the note verbale, digit by digit? Sign it?
ask-groups = Say the { $n ->
    [one] one change
   *[other] { $n } changes
 } that this station may say?
ask-list = Say the { $n ->
    [one] one entry
   *[other] { $n } entries
 } that this station may say?
ask-withdraw-shown = { $office }: the office ends for ever, with all its devices.
ask-withdraw = Withdraw it?
ask-confirm = Is all of this still right?
ask-taking-shown = { $state } will get no messages until it returns.
ask-pause = Pause?
ask-leave = Leave the network?
ask-attest-shown = Fingerprint of { $owner }: { $digits }
ask-attest = Are these the digits on the note verbale, all of them?
ask-end-group-shown = { $group }: its scopes will match nobody.
ask-end-group = End the group?
ask-revoke-shown = { $office }: the device { $device } ends for ever.
ask-revoke = Revoke it?
ask-send = { $n ->
    [one] Send it to this office?
   *[other] Send it to these { $n } offices?
 }
ask-global-shown = This goes to every State.
ask-global = Really to all of them?
ask-old-directory-shown = The directory was not refreshed for { $age }. Since then keys may have been revoked.
ask-old-directory = Use it all the same?

## What is said

say-error = error:
say-hint = hint:
say-fictional = FICTIONAL NETWORK - for training only
say-exercise = *** EXERCISE *** EXERCISE *** EXERCISE ***
say-test = *** TEST ***
say-connecting = Connecting
say-making-keys = Making keys
say-dry-run = Nothing was done (--dry-run).

say-station-made = Station ready in { $home }.
    Device { $device }
say-insecure-passphrase = INSECURE: the passphrase protects nothing (--insecure-fast-passphrase). For exercises and tests only.
say-short-passphrase = This passphrase is short; { $n } characters or more are better.
say-next-enrol = Next: `liaison state enrol { $owner } --name NAME --out { $owner }.enrolment`
say-next-certify = Next: take the directory from a station that has it (there `liaison directory export --out FILE`, here `liaison directory import FILE`), then have this device certified: `liaison device certify OFFICE --out device.request`
say-next-invitation = Next: found a network (`liaison network found`), or take an invitation (`liaison init --invitation FILE`).
say-network-founded = Network { $id } founded.
    Hash { $network }
    Written to { $file }
say-network-unknown = Network { $network }; its directory was not fetched yet.
say-next-relay = Next: start its relay once with `liaison-relay serve --found { $file }`, then `liaison state enrol org:custodian --name NAME`.
say-introduced = It opens no door: the new station also needs the directory (`liaison directory export`), and its device certified.
say-invited = { $owner } is invited until { $ends }. This line is a key: hand it over by a safe way.
say-invited-file = { $owner } is invited until { $ends }. { $file } is a key: hand it over by a safe way.
say-next-custodian = Next: carry the file to the custodian, send the fingerprint by note verbale, and wait until it is signed.
say-next-device = Next: on the office's station, `liaison device certify { $office }`.
say-ready = This station speaks for { $office } from now on, and can be reached.
say-fingerprint = Fingerprint of { $owner }'s root: { $digits }
    Put it on the note verbale; others compare it digit by digit.
say-would-enrol = Would make { $n } root { $n ->
    [one] key
   *[other] keys
 } here, of which { $m } must sign, and enrol { $owner } as { $name }.
say-would-delegate = Would make an admin key here, and let it act for { $owner }.
say-would-root = { $owner } would get { $n } new root { $n ->
    [one] key
   *[other] keys
 }; { $m } must sign.
say-said-since = { $version }: { $title } ({ $time })
say-card-not-here = there is one; this station does not hold it
say-absent = away from { $from } until { $until }
say-no-reads = Nobody else has read them.
say-next-enrol-root = Next: `liaison state enrol { $owner } --name NAME --threshold { $m } --out { $owner }.enrolment`, and send the fingerprint with the note verbale.
sheet-title = Root of a State or organization in the Liaison directory
sheet-owner = State or organization
sheet-network = Network
sheet-keys = Root keys
sheet-signers = { $n } { $n ->
    [one] key
   *[other] keys
 }, of which { $m } must sign
sheet-made = Printed
sheet-fingerprint = Fingerprint
sheet-qr = The fingerprint as a QR code
sheet-how = How to compare it
sheet-step-1 = Whoever holds the keys sends this page with the note verbale, signed and stamped.
sheet-step-2 = The custodian's station shows a fingerprint before it enrols. One person reads the twelve groups of this page aloud, the other follows on the screen.
sheet-step-3 = All sixty digits must agree. If one differs, do not sign, and ask by telephone under a number that you knew before.
sheet-signature = Place, date, signature, stamp
say-no-evidence = This station holds no proof that the log's holder lied.
evidence-split-view = PROOF: the log's key signed two histories of the directory, which differ among the first { $size } entries.
evidence-rollback = PROOF: the log had { $from } entries, and later { $to }; its key signed both.
evidence-void-entry = PROOF: the log's key signed over entry { $index }, which the directory's rules do not allow: { $why }.
say-groups-same = The directory is as the file says.
say-groups-elsewhere = This station holds no key for any of it.
say-groups-written = Written to { $file }.
group-defined = is defined: { $name }
group-member = { $state } is { $status }
group-not-in-file = { $state } is in the directory and not in the file
group-not-enrolled = { $state } is not in the network
group-no-coordinator = { $owner } is not in the network: invite it first
group-done-here = can be said here
group-done-elsewhere = by another station
group-done-nothing = nothing to do
group-done-logged = in the directory
group-done-refused = refused
say-exported-contacts = Written to { $file }. It holds contact data: keep it as such.
row-no-unit = the office is new, and its unit is not named
row-answers = { $text } is neither unit nor person
row-time = { $text } is no time
row-record = the entry cannot be: look at names, languages and categories
list-same = as it stands
list-drafted = drafted for its State
list-wrong = wrong
hint-not-enrolled = { $owner } is not in the network
hint-no-un-language = none of the six languages of the United Nations
hint-no-primary = a back-up, and of no office
hint-not-permitted = { $owner } has not permitted this organization to draft
say-no-hints = The entries of { $owner } leave nothing to be wished for.
advice-few-offices = { $n } of { $wanted } Points of Contact: if one cannot be reached, nobody can
advice-no-technical = no technical or operations office: incidents have nobody to go to
advice-no-diplomatic = no diplomatic office: crisis messages have nobody to go to
advice-due = last confirmed { $when }: look at it, and say that it still holds
advice-no-device = no live device: nothing can be sealed to it
advice-key-ends = its last certificate ends on { $day }: certify it again
advice-no-card = no contact card: nobody can telephone
advice-no-phone = no telephone number on its card
advice-no-un-language = it names no language of the United Nations: many cannot write so that it is read
advice-person = one person answers, and it is not said until when: people move on
advice-no-longer-valid = it was expected to hold until a day that is past
advice-no-primary = a back-up of no primary office that shares a category with it
role-diplomatic = The ministry of foreign affairs. Crisis messages, own-activity notices and consultations; it speaks for the State, and brings others in. Aim: an answer within hours. (F B3, X §1, U-Who ¶1)
role-policy = Cyber policy at the level of government. Consultations and exchanges of views, practice, events; rarely urgent. (F B3, X §1)
role-technical = CERT or CSIRT. Incident notices, vulnerabilities and indicators; questions of fact between technicians. Aim: an answer within a day. (F B3, X §5, J 2)
role-operations = Incident handling around the clock. Early warnings and incident notices that cannot wait; somebody reads it at night. Aim: an acknowledgement within an hour. (I 13)
role-assistance = Asking for and giving help. Requests, offers and their answers; it knows what the State can give and must not. (F B2, I 9, I 13)
role-policy-legal = Policy and law. Legal frameworks and enforcement, requests in due form; not urgent. (I 13, X §0)
role-law-enforcement = Law enforcement, where a region's network has it. Not a way around the police's own networks. (X §1 on ARF)
role-national-security = National security and policy coordination, where a region's network has it. (X §1 on ARF)
role-single = One central body for everything: it gets every kind of message of its State, and passes it on inside. (X §1 on ARF)
say-attested = compared by { $states }
say-attested-by-few = compared by { $states }; not enough to rely on, compare it yourself
say-due = { $day }, to be confirmed
say-stale = { $day }, OLD
say-confirmed = confirmed { $when }
say-late = said { $days } days after it came into force
say-display-suspended = suspended by the custodian: { $reason }
say-building-up = The network is building up: { $have } of { $wanted } States have a Point of Contact; { $missing } are missing.
say-statement-offline = { $why } The statement is made from this station's own copy of the directory, of { $time }.
say-statement-written = Written to { $file }. Still to sign: { $signers }.
say-statement-written-complete = Written to { $file }. All have signed: `liaison submit { $file }`.
say-signed = { $n ->
    [one] Signed with one key.
   *[other] Signed with { $n } keys.
 }
say-logged = In the directory: { $title } (entry { $index }).
say-imported = The directory was taken: { $size } entries.
say-exported = The directory was written to { $file }. It holds no secret.

say-clock-behind = This computer's clock is { $span } behind the relay's. Set it: times in messages would be wrong.
say-clock-ahead = This computer's clock is { $span } ahead of the relay's. Set it: the relay refuses what is dated in the future.
say-vault-older = ATTENTION: the relay has seen more of this station than it holds: it was restored from an older copy. It counts anew from here. If nobody restored it, somebody has a copy: have the device revoked.
say-relay-old = The relay shows an old directory, of { $time } ({ $age } old): who joined or left since is not in it.
say-partly = { $hash } is on the relay's disk for { $n } of { $all } devices: other mailboxes are full, or unknown to the relay. Reach those offices another way.
say-withheld = { $n } messages wait for a directory that this relay does not show: it may hide entries. Tell the custodian.
say-bad-receipt = The relay's receipt for { $hash } proves nothing ({ $why }). The message waits here: send it by another way if it is urgent, and tell who runs the relay.
word-receipt-unsigned = no relay of this network signed it
word-receipt-other = it is for another message
word-receipt-count = it counts more devices than there are
say-about-us = SOMEBODY SPOKE FOR YOU, entry { $entry }: { $what }
  { $next }
say-about-us-contest = If nobody at your State did this, stop it now: `liaison state contest { $entry }`; then call the custodian by telephone.
say-about-us-note = The custodian said it; ask why, by telephone.
say-about-us-else = If nobody at your State did this, a key was stolen: have the root end it with `liaison state undelegate`, or revoke the device, and call the custodian by telephone.
say-undelivered = { $hash } ({ $subject }) has ended, and did not reach: { $offices }
say-keys-refused = The relay gave keys of { $office } that are not used ({ $why }).
word-keys-unreadable = they cannot be read
word-keys-unasked = nobody asked for them
word-keys-forged = the device did not sign them
word-keys-unusable = they are unsafe
word-keys-older = they are older than what was seen
word-keys-nobody = an unknown device
say-directory-shorter = This relay shows a directory of { $shown } entries, and this station holds { $held }: it was restored from an old copy, or hides some. Tell the custodian.
say-directory-old = The newest directory that this relay shows is { $age } old: who joined or left since is not in it.
say-impossible-vault = The relay claims to have seen a newer copy of this station than there can be. It is not believed; tell who runs it.
say-deferred = { $hash } is not taken now and waits here: { $why }
say-own-copy = { $why } This is the station's own copy of { $time } ({ $age } old).

say-sends = { $precedence } { $kind } to { $scope }
say-to = To { $owner }, { $unit } ({ $office }), key since { $since }
say-owner = { $code } { $name }
say-since = { $day } ({ $age })
say-scope-regional = { $groups }: { $categories }
say-scope-global = all States: { $categories }
say-with-coordinators = and the coordinators
say-no-device = cannot be reached: no device
say-unreachable = { $office }: { $remarks }
say-no-device-phone = no live key: phone { $phone }
say-fallback = only an older key: weaker forward secrecy
say-left-out = Left out: a device of { $office } ({ $reason })
say-flash = FLASH: this wakes people.
left-out-no-prekey = no usable key
left-out-ended = ended meanwhile
left-out-over-limit = too many recipients

say-accepted = Sent: { $hash } is on the relay's disk since { $time }.
    Id { $id }
say-waits = Safe, not sent yet: { $hash } waits in the outbox and is sent when a relay can be reached.
    Id { $id }
say-rejected = The relay will never take { $hash }.
say-rejected-code = The relay's code is { $code }.
say-rejected-why = The relay will never take { $hash }: { $why }

say-inbox-old = What is listed was here before.
say-inbox-empty = Nothing here.
say-inbox-waiting = { $n ->
    [one] One more message waits until the directory has grown.
   *[other] { $n } more messages wait until the directory has grown.
 }
say-asked-to-reseal = { $hash } cannot be opened here: its sender's station was asked to seal it again.
say-resealed = { $hash } is sealed again for { $office }.
say-asks-to-reseal = { $office } cannot open { $hash } ({ $subject }) and asks to have it sealed again. The station does not do that by itself: { $why }.
say-reseal-command = Call the office; if it is right: `liaison reseal { $hash }`.
say-reseal-none = Nobody asks to have a message sealed again.
word-by-itself = answered with the next connection
word-reseal-confirmed = the same device said before that it had opened it
word-reseal-again = the same device asked before
word-reseal-old = the message is over 30 days old
say-quarantine-asked = { $reason } (its sender was asked to seal it again)
say-quarantine-empty = Nothing was set aside.
say-quarantine = These were not shown, because a check failed. If a message is missed, ask its sender for another.
say-outbox-empty = Nothing was sent.
say-outbox-delivered = delivered { $n }/{ $of }

say-from = { $code } { $owner } - { $unit } ({ $office })
say-from-us = this office
say-verified-since = signature valid, key since { $day }
say-verified-ended = signature valid; that key has ended since
say-wish-by = { $wish } by { $time } ({ $left })
say-time-left = in { $span }
say-time-past = { $span } ago
say-item = no. { $n }
say-read-as = { $word } (not stated)
say-no-attribution = No attribution is made.
say-show-own = `liaison status { $hash }` shows how far it has come.
say-show-acknowledge = Acknowledge it: `liaison ack { $hash }` (does not mean agreement)
say-answers-not-sent-there = { $hash } - ATTENTION: that message was not sent to this office
say-answers-not-here = { $hash } - that message is not here
say-show-acknowledged = Acknowledged: { $level } (does not mean agreement). To say more: `liaison ack { $hash } --level in-hand --reply-by 4h`
wish-acknowledge = Acknowledgement wished
wish-reply = Reply wished

remark-unproven = UNPROVEN: the sender's key was reported stolen; it may have been in other hands since { $since }. Ask by telephone.
remark-disputed = DISPUTED: the sender's device was set aside or frozen; its State has not decided yet. Ask by telephone.
remark-retired = The sender's key was retired since.
remark-ahead = The sender's clock was { $span } ahead.
remark-old-directory = It was sealed under a directory { $span } old: the sender may not know of newer offices.
remark-expired = It ended at { $time }.
remark-stop-word = NO DUFF stands in it: this may be real.
remark-left-out = { $n ->
    [one] One device of the addressees was left out.
   *[other] { $n } devices of the addressees were left out.
 }

say-status = { $n ->
    [one] One office
   *[other] { $n } offices
 }: delivered { $delivered }, a person's word from { $person }.
say-status-missing = Not delivered yet: { $offices }
say-status-left-out = Not sealed to a device of: { $offices }
progress-waits = waits here
progress-rejected = refused
progress-accepted = accepted by relay
progress-delivered = delivered
progress-received = received
progress-in-hand = in hand
progress-redirected = redirected
progress-cannot-handle = cannot handle

say-check-waits = { $n } of { $of } answered
say-check-summary = { $n } of { $of } answered ({ $backups } as backup); on the relay after { $accepted }, median answer { $median }.
say-check-later = Later answers are counted: `liaison status { $hash }`
say-check-not-asked = Could not be asked, no usable key: { $offices }
say-check-answered = Answered, by a person.
say-wrong-echo = wrong answer

say-watching = Watching. Ctrl-C ends it.
say-watch-ends = The watch ends.
say-connected = Connected.
say-connected-again = Connected again after { $span }.
say-no-path = NO CONNECTION for { $span }. Messages are safe and wait. Next try in { $next }.
say-arrived = { $time }  { $precedence }  { $status }{ $hash }  { $office }  { $kind }  { $subject }
say-delivered = delivered to { $office }: { $messages }
say-sent = on the relay's disk: { $hash }
say-quarantined = Set aside: { $reason }. See `liaison inbox --quarantine`.
say-cosigned = As a witness, this station has said that it saw { $size } entries of the directory.
say-cosigned-at = { $size } entries, { $time }
say-not-cosigned-ahead = As a witness, this station does not vouch for the directory: entry { $entry } is dated { $minutes } minutes ahead of this clock. Check the clock; if it is right, ask the custodian, then `liaison witness accept { $entry }`.
say-not-cosigned-backdated = As a witness, this station does not vouch for the directory: entry { $entry } is dated { $minutes } minutes before this station said that there was no such entry. Somebody held it back or dated it back. Ask the custodian, then `liaison witness accept { $entry }`.
say-not-cosigned-old = As a witness, this station does not vouch for the directory: what the relay says of it is { $minutes } minutes old by this clock. Check the clock; if it is right, the relay's is wrong, or it shows an old directory.
say-not-cosigned-clock = As a witness, this station does not vouch for the directory: its clock stands before its last word. Set the clock.
say-witness-made = Give this line to the custodian, who names this station with `liaison network operate --witness`. Then keep `liaison watch` running: it does the rest.
say-accept-entry = Entry { $entry } has an odd time, which may mean that the host held it back. Once accepted, this station vouches for it.
say-entry-accepted = Entry { $entry } is accepted.
say-not-counted = { $n ->
        [one] The newest entry is not yet seen by enough witnesses
       *[other] The newest { $n } entries are not yet seen by enough witnesses
    }: nothing is sealed to whom they bring in.
say-witnesses = { $k } of { $n } must have seen an entry
say-silent = silent: it has not said that it saw this
say-unwitnessed = { $n ->
        [one] One entry: what it gives does not count yet, what it takes away does
       *[other] { $n } entries: what they give does not count yet, what they take away does
    }
say-directory-grown = The directory has { $size } entries.
say-hook-failed = The command given with --on-message failed.

say-directory-empty = No such office.
say-directory-fits = The directory fits its signed checkpoint. Compare fingerprints by another way than this network.
say-checkpoint = { $time } ({ $age } old)
say-entry = entry { $index }
say-keys = { $n } { $n ->
    [one] key
   *[other] keys
 }, { $m } must sign
say-device = { $device }, since { $since } ({ $age }), until { $ends }

sentence-acknowledgement = An acknowledgement says that a message arrived and what becomes of it. It does not mean agreement.
sentence-comm-check = Communication check: please answer. It says nothing else.
sentence-comm-check-ack = Answer to a communication check.

## Statements of the directory

statement-genesis = Network { $id } is founded
statement-operate = How the network is run changes
statement-operate-what = Custodian: { $keys }; relays: { $relays }. It counts after 7 days, or at once when all custodian keys signed.
statement-operate-witnesses = Witnesses: { $k } of { $n } must have seen an entry ({ $names }).
statement-settings = The network follows the profile { $profile }
statement-settings-what = Checks every { $check } months, reminders every { $reminder }, changes notified within { $days } days, operational from { $states } States on.
statement-enrol = { $subject } joins as { $name }
statement-root-change = { $subject } changes its root keys
statement-root-change-waits = It counts after 72 hours, or at once when all old root keys signed; until then any one of them can contest it.
statement-re-root = { $subject } is given new root keys by other States
statement-re-root-by = Vouched for by { $states }. It counts after 14 days; all its admins and devices end then. Until then any live key of it can contest it.
statement-undelegate = { $subject } ends admin keys
statement-void-since = What they signed from entry { $entry } on has no effect, but for revocations and withdrawals.
statement-keep = What they signed stays.
statement-participating = { $subject } takes part
statement-paused = { $subject } pauses: it gets nothing until it says otherwise
statement-left = { $subject } leaves the network
statement-policy = { $subject } says how its own stations act
statement-policy-what = Broadcasts need a second officer: { $release }; senders are told what was seen: { $seen }.
statement-update = { $subject } changes: { $unit }
statement-withdraw = { $subject } is withdrawn; an office that is withdrawn never comes back
statement-suspend = { $subject }: the device { $device } is set aside for a time
statement-leave = { $subject } no longer wishes to be in { $group }
say-proved = Its keys are renewed, and a message to itself came back and was opened after { $ms } ms.
say-not-proved = Its keys are renewed, but a message to itself did not come back readable. Look with `liaison inbox --quarantine`, and tell the operator of the relay.
statement-confirm = { $subject }: the entry still holds
statement-permit = { $subject } lets { $organization } draft its entries
statement-permit-no-more = { $subject } no longer lets { $organization } draft its entries
statement-attest = { $state } vouches for the root of { $subject }
statement-contest = A change of { $subject } is stopped
statement-note-suspend = Custodian's note: what is shown of { $subject } is suspended
statement-note-restore = Custodian's note: { $subject } is shown again
statement-note-freeze = Custodian's note: a key of { $subject } is frozen for 24 hours
statement-reason = Reason: { $reason }
statement-organisation = Institution: { $organisation }
statement-backup-of = Stands in for { $office }
statement-effective = In force since { $since }
statement-delegate = { $subject } lets an admin key act for it
statement-nominate = { $subject } is nominated: { $unit }
statement-certify = { $subject } speaks through the device { $device }
statement-revoke = { $subject }: the device { $device } is revoked
statement-define-group = { $subject } is the group { $name }
statement-group-member = { $subject }: { $state } is { $status }
statement-join = { $subject } wishes to be in { $group }
statement-newer = { $subject }: a statement of a kind that this version does not know ({ $kind })
statement-damaged = A statement that cannot be read ({ $kind })
statement-roots = { $n } root { $n ->
    [one] key
   *[other] keys
 }, { $m } must sign
statement-note = Note verbale: { $note }
statement-fingerprint = Fingerprint: { $digits }
statement-compare = Compare it with the note verbale, digit by digit.
statement-admins = { $n } admin { $n ->
    [one] key
   *[other] keys
 }, until { $ends }
statement-office = Categories: { $categories }; { $rank }; level: { $level }; languages: { $languages }
statement-ends = Until { $ends }
statement-compromised = Its key may have been in other hands since { $since }.
statement-retired = It is retired.
statement-coordinator = Coordinator: { $owner }
statement-no-coordinator = Without a coordinator: the group ends.
statement-made = Made { $time }; it lapses 7 days later.
statement-signer = { $signer }: { $signed }
signer-custodian = custodian's key { $kid }
signer-root = { $owner }'s root key { $kid }
signer-admin = { $owner }'s admin key { $kid }
signer-new-root = new root key { $kid }
signer-new-admin = new admin key { $kid }
signer-device = device key { $kid }
signer-unknown = key { $kid }

## Words

word-witness-named = named by the custodian
word-witness-unnamed = not named by the custodian
word-never = nothing yet
word-none = none
word-yes = yes
word-no = no
word-new = new
word-all-offices = all offices
word-exercise = EXERCISE
word-test = TEST
word-person = a person
word-station = the station
word-always = around the clock
word-there = somebody is there
word-away = nobody is there
word-nobody-attests = by nobody who says so; compare it yourself
word-signed = signed
word-missing = MISSING
word-not-stated = not stated
word-not-known = not known yet
word-withheld = withheld by the sender
word-no-key = no key
word-no-answer = no answer
word-not-delivered = -
word-joined = has joined
word-not-joined = has not joined
word-not-named = not named by the coordinator

span-seconds = { $n } s
span-minutes = { $n } min
span-hours = { $n } h
span-hours-minutes = { $hours } h { $minutes } min
span-days = { $n ->
    [one] 1 day
   *[other] { $n } days
 }
span-days-hours = { $days ->
    [one] 1 day
   *[other] { $days } days
 } { $hours } h
span-today = today
span-ms = { $n } ms
span-tenths = { $n } s

label-network = Network
label-network-hash = Hash
label-relays = Relays
label-custodian = Custodian
label-office = Office
label-unit = Unit
label-owner = State or organization
label-device = Device
label-key-since = Key since
label-remarks = Remarks
label-message = Message
label-new = New
label-precedence = Precedence
label-received = Received
label-sent = Sent
label-expires = Ends
label-from = From
label-to = To
label-kind = Kind
label-subject = Subject
label-reason = Reason
label-answers = Answers
label-case = Case
label-wish = Wish
label-state = State
label-delivered = Delivered
label-person = A person
label-rank = Rank
label-answered = Answered
label-by = By
label-categories = Categories
label-level = Level
label-languages = Languages
label-groups = Groups
label-card = Contact card
label-person-in-charge = In charge
label-city = City
label-email = E-mail
label-phone = Telephone
label-hours = Hours
label-pgp = OpenPGP
label-there = There now
label-local-time = Local time
label-day = Day
label-reader = Read by
label-change = Change
label-done = What becomes of it
label-row = Row
label-participation = Participation
label-attested = Compared
label-since = As it is since
label-confirmed = Confirmed
label-organisation = Institution
label-backup-of = Stands in for
label-wants = Wants
label-same-poc = Same PoC in
label-effective = In force since
label-valid-until = Holds until
label-profile = Profile
label-fingerprint = Fingerprint
label-root = Root
label-admins = Admin keys
label-group = Group
label-coordinator = Coordinator
label-members = Members
label-size = Entries
label-log-root = Root of the log
label-checkpoint = Checkpoint
label-witness = Witness
label-standing = Standing
label-cosigned = Vouched for
label-witnesses = Witnesses
label-saw-it = { $name } saw it
label-unwitnessed = Not yet seen by enough
label-proofs-split = Proofs of another history
label-proofs-withheld = Proofs of a withheld directory
label-void = Without effect

## Hints on a message; they stop nothing

hint-unknown-template = this program does not know this kind of message; its fields go out as they are
hint-unknown-field = this kind of message has no such field; it is shown under "other"
hint-unknown-word = not one of the usual words; it is shown as it is
hint-recommended = usually stated; if you cannot, name it in not_known or withheld
hint-stated-and-marked = stated, and yet named in not_known or withheld
hint-marked-unknown-field = named in not_known or withheld, but this kind of message has no such field
hint-bounds-crossed = the lower bound is above the upper one
hint-turns-direction = characters that turn the direction of the text around them
hint-no-text = no text that a reader without software could understand
hint-set-by-station = the station sets this itself; what is written there is not used

## Why an envelope was set aside

reason-too-large = a part is longer than it may be
reason-malformed = not an envelope
reason-version = made by another version of the protocol
reason-suite = sealed with other algorithms
reason-header = its header contradicts itself
reason-not-for-us = addressed to another device
reason-no-secret = sealed to a key that is no longer here
reason-decapsulation = the sealed key does not open
reason-commitment = its key is not the one that it commits to
reason-body = it was changed on its way
reason-padding = its padding is wrong
reason-claims = its content is malformed
reason-signature = its signature does not verify
reason-unknown-sender = its sender is not in the directory
reason-signer = its sender was not certified for that office
reason-revoked = its sender's key had been revoked
reason-checkpoint = its sender's directory is not valid
reason-split-view = ALARM: its sender was shown another directory than we were
reason-withheld = ALARM: its sender saw a longer directory than any relay has shown here
reason-stale-directory = sealed under a directory that was too old
reason-unresolved-scope = its addressees cannot be found in the directory
reason-recipients = it was not sealed to exactly those whom it names
reason-replay = received before
reason-times = its times contradict each other
reason-too-old = it came more than 7 days after it ended
reason-not-entitled = its sender may not send this
reason-template = its content breaks the rules of its kind

## The fields of messages

field-about = About the message
field-access-conditions = Access conditions
field-activity-in-recipient = Activity in a recipient (does not imply responsibility)
field-activity-in-recipient-indicator-ref = Indicator no.
field-activity-in-recipient-seen = Seen
field-activity-in-recipient-state = State
field-activity-in-recipient-what = What
field-affected = Affected
field-affected-critical-infrastructure = Critical infrastructure?
field-affected-entities = Number of entities
field-affected-entity-names = Names of the entities
field-affected-people = People
field-affected-people-max = At most
field-affected-people-min = At least
field-affected-safety-risk = Risk to safety?
field-affected-sector = Sector
field-affected-service = Service
field-affected-state = State
field-affected-subsector = Subsector
field-also-asked = Also asked
field-answer = Who is to answer
field-answered-by = Answered by
field-ask-data-confirmation = Please confirm your contact data
field-asks = Asks
field-attribution = Attribution
field-attribution-text = Attribution text
field-authoritative-text = Authoritative text
field-authority = Who stands behind the request
field-by-person-role = By (role)
field-challenge = Challenge
field-challenge-echo = Challenge, repeated
field-channels = Channels
field-concurrence = Agreement
field-consult-by = Consultation wished by
field-costs = Costs
field-courtesy-translations = Courtesy translation
field-courtesy-translations-lang = Language
field-courtesy-translations-text = Text
field-data = Contact data
field-data-handling = Data handling
field-data-to-be-shared = Data to be shared
field-duration-days = Duration, days
field-exit-criteria = Exit criteria
field-expected-reply-by = Reply can be expected by
field-facts-as-seen = Facts as seen by the sender
field-handling = Handling
field-handling-onward = May be passed on to
field-handling-pap = PAP
field-handling-tlp = TLP
field-human = By a person?
field-impact = Impact
field-impact-duration-hours = Duration, hours
field-impact-economic = Economic
field-impact-economic-currency = Currency
field-impact-economic-max = At most
field-impact-economic-min = At least
field-impact-functional = Functional
field-impact-information = Information
field-impact-physical = Physical
field-impact-public-knowledge = Publicly known?
field-impact-recoverability = Recoverability
field-incident = Incident
field-incident-classification = Classification
field-incident-classification-class = Class
field-incident-classification-scheme = Scheme
field-incident-classification-type = Type
field-incident-cross-border = Cross-border?
field-incident-detected-at = Detected at
field-incident-ended-at = Ended at
field-incident-national-scale = National scale
field-incident-national-scale-name = Name
field-incident-national-scale-value = Value
field-incident-outlook = Outlook
field-incident-ref = Sender's reference
field-incident-report-stage = Report stage
field-incident-severity = Severity
field-incident-started-at = Started at
field-incident-state-of-work = State of work
field-incident-states-concerned = States concerned
field-incident-suspected-malicious = Malicious?
field-incident-tags = Tags
field-indicators = Indicators
field-indicators-confidence = Confidence
field-indicators-role = Role
field-indicators-type = Type
field-indicators-valid-until = Valid until
field-indicators-value = Value
field-lang = Language
field-languages = Languages
field-lessons = Lessons
field-level = Level
field-local-contact = Local contact
field-measures-planned = Measures planned
field-measures-taken = Measures taken
field-mode = Mode
field-needed-from = Needed from
field-no-prejudice = Without prejudice to positions?
field-not-known = Not known yet
field-note = Note
field-offers = Offers
field-outcome = Outcome
field-passed-to = Passed to
field-place = Place
field-purpose = Purpose
field-quantity = Quantity
field-refs = References
field-refs-id = Number
field-refs-system = System
field-refs-url = Address
field-requested-actions = Asked of you
field-response = Response
field-response-by = By
field-response-want = Wished
field-root-cause = Root cause
field-root-cause-class = Root cause class
field-round = Round
field-safety = Safety
field-sectors = Sectors
field-stage = Stage
field-statistics-allowed = May be counted in statistics
field-subject = Subject
field-summary = Summary
field-supersedes = Replaces
field-technical-follow-up = Technical contact
field-text = Text
field-third-party = Third party (good offices)
field-translations = Translations
field-translations-kind = Kind
field-translations-lang = Language
field-translations-text = Text
field-types = Types
field-urgency = Urgency
field-vulnerabilities = Vulnerabilities
field-withheld = Withheld
field-other = Other
field-unknown = Unknown field
