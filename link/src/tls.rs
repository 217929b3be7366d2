//! Does the other side hold the key it shows, and is it the key we want?
//! It must never know who holds a key, nor which transport the handshake runs on.
//!
//! TLS 1.3 only, ALPN `liaison/1`, key agreement X25519MLKEM768 only, mutual raw public keys (RFC 7250), Ed25519 only,
//! no tickets and no 0-RTT: each link begins with a fresh proof of both keys.

use std::sync::{Arc, OnceLock};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, PeerMisbehaved,
    ServerConfig, SignatureScheme,
    client::{
        AlwaysResolvesClientRawPublicKeys, Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{
        CryptoProvider, WebPkiSupportedAlgorithms,
        aws_lc_rs::{cipher_suite, default_provider, kx_group},
        verify_tls13_signature_with_raw_key,
    },
    pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime},
    server::{
        AlwaysResolvesServerRawPublicKeys, NoServerSessionStorage,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
    version::TLS13,
};

use crate::identity::{TransportIdentity, TransportKey};

/// The application protocol, version 1.
pub(crate) const ALPN: &[u8] = b"liaison/1";
/// Raw public keys have no names, but the interfaces want one. It is never sent, as SNI is off.
pub(crate) const SERVER_NAME: &str = "liaison";

/// The server's configuration: it takes any Ed25519 key that the client proves to hold.
pub(crate) fn server_config(identity: &TransportIdentity) -> Result<ServerConfig, Error> {
    let provider = provider();
    let any = AnyClient(provider.signature_verification_algorithms);
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(Arc::new(any))
        .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(identity.certified())));
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.max_early_data_size = 0;
    Ok(config)
}

/// The client's configuration: it takes the pinned key and no other.
pub(crate) fn client_config(identity: &TransportIdentity, pin: &Arc<Pin>) -> Result<ClientConfig, Error> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(pin.clone())
        .with_client_cert_resolver(Arc::new(AlwaysResolvesClientRawPublicKeys::new(identity.certified())));
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.resumption = Resumption::disabled();
    config.enable_early_data = false;
    config.enable_sni = false;
    Ok(config)
}

/// The peer's key after a handshake; none when the session is not exactly ours. rustls lets a peer leave ALPN out.
pub(crate) fn peer_key(
    alpn: Option<&[u8]>,
    certificates: Option<&[CertificateDer<'_>]>,
) -> Option<TransportKey> {
    match certificates? {
        [raw_key] if alpn == Some(ALPN) => TransportKey::from_spki(raw_key),
        _ => None,
    }
}

/// The server key that a client expects. It remembers a wrong one, as QUIC's error does not tell what was wrong.
#[derive(Debug)]
pub(crate) struct Pin {
    expected: TransportKey,
    wrong: OnceLock<()>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Pin {
    pub(crate) fn new(expected: TransportKey) -> Arc<Self> {
        let algorithms = provider().signature_verification_algorithms;
        Arc::new(Self { expected, wrong: OnceLock::new(), algorithms })
    }

    /// True when a server has shown another key.
    pub(crate) fn was_wrong(&self) -> bool {
        self.wrong.get().is_some()
    }
}

impl ServerCertVerifier for Pin {
    fn verify_server_cert(
        &self,
        raw_key: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if ed25519_key(raw_key, intermediates) == Ok(self.expected) {
            return Ok(ServerCertVerified::assertion());
        }
        self.wrong.get_or_init(|| ());
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        raw_key: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_ed25519(message, raw_key, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

/// Any client that proves to hold an Ed25519 key.
#[derive(Debug)]
struct AnyClient(WebPkiSupportedAlgorithms);

impl ClientCertVerifier for AnyClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        raw_key: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        ed25519_key(raw_key, intermediates).map(|_| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        raw_key: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_ed25519(message, raw_key, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider {
        // Hybrid only: what is recorded today must not be opened by a quantum computer later.
        kx_groups: vec![kx_group::X25519MLKEM768],
        // QUIC's first packets need AES-128-GCM (RFC 9001 §5.2), so it stays in the list, last.
        cipher_suites: vec![
            cipher_suite::TLS13_AES_256_GCM_SHA384,
            cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
            cipher_suite::TLS13_AES_128_GCM_SHA256,
        ],
        ..default_provider()
    })
}

fn ed25519_key(raw_key: &CertificateDer<'_>, more: &[CertificateDer<'_>]) -> Result<TransportKey, Error> {
    let key = TransportKey::from_spki(raw_key).filter(|_| more.is_empty());
    key.ok_or_else(|| CertificateError::BadEncoding.into())
}

fn verify_ed25519(
    message: &[u8],
    raw_key: &CertificateDer<'_>,
    signature: &DigitallySignedStruct,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Result<HandshakeSignatureValid, Error> {
    if signature.scheme != SignatureScheme::ED25519 {
        return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
    }
    let spki = SubjectPublicKeyInfoDer::from(raw_key.as_ref());
    verify_tls13_signature_with_raw_key(message, &spki, signature, algorithms)
}
