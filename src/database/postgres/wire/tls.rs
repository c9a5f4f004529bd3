//! TLS as sqlx speaks it: the same library, the same authorities, the same checks.

use std::sync::{Arc, LazyLock};

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use super::failure::{WireFailure, WireResult};
use super::options::{WirePem, WireTls, WireTlsMode};

/// Begins TLS with a server that has agreed to it.
pub(super) async fn begin(
    stream: TcpStream,
    host: &str,
    tls: &WireTls,
) -> WireResult<Box<TlsStream<TcpStream>>> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|error| unsupported(format!("{host} is no name for TLS: {error}")))?;
    let connector = TlsConnector::from(Arc::new(config(tls)?));
    let begun = connector.connect(name, stream).await;
    let stream = begun.map_err(|error| WireFailure::lost(error.to_string()))?;
    Ok(Box::new(stream))
}

fn unsupported(what: impl Into<String>) -> WireFailure {
    WireFailure::Unsupported(what.into())
}

fn failed(error: &Error) -> WireFailure {
    unsupported(error.to_string())
}

fn config(tls: &WireTls) -> WireResult<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier {
        authorities: authorities(tls, &provider)?,
        is_name_verified: tls.mode == WireTlsMode::VerifiedName,
        provider: provider.clone(),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    match (&tls.certificate, &tls.key) {
        (None, None) => Ok(config.with_no_client_auth()),
        (Some(certificate), Some(key)) => {
            let chain = certificates(certificate, "sslcert")?;
            let key = PrivateKeyDer::from_pem_slice(&read(key, "sslkey")?)
                .map_err(|error| unsupported(format!("sslkey holds no key: {error}")))?;
            let config = config.with_client_auth_cert(chain, key);
            config.map_err(|error| failed(&error))
        }
        _ => Err(unsupported("sslcert and sslkey go together")),
    }
}

fn certificates(pem: &WirePem, name: &str) -> WireResult<Vec<CertificateDer<'static>>> {
    let bytes = read(pem, name)?;
    let all: Result<_, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    all.map_err(|error| unsupported(format!("{name} holds no certificate: {error}")))
}

fn read(pem: &WirePem, name: &str) -> WireResult<Vec<u8>> {
    match pem {
        WirePem::Text(text) => Ok(text.clone().into_bytes()),
        WirePem::File(path) => std::fs::read(path).map_err(|error| {
            let path = path.display();
            unsupported(format!("{name} cannot be read: {path}: {error}"))
        }),
    }
}

/// Read once: a run opens many connections.
static OF_THE_SYSTEM: LazyLock<RootCertStore> = LazyLock::new(|| {
    let mut trusted = RootCertStore::empty();
    // A file that cannot be read, or an authority that is out of use, is no reason to
    // refuse a server that another one has signed.
    trusted.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    trusted
});

/// Which authorities are believed; `None` where nothing is verified.
fn authorities(
    tls: &WireTls,
    provider: &Arc<CryptoProvider>,
) -> WireResult<Option<Arc<WebPkiServerVerifier>>> {
    match tls.mode {
        WireTlsMode::VerifiedAuthority | WireTlsMode::VerifiedName => {}
        WireTlsMode::Off | WireTlsMode::Preferred | WireTlsMode::Required => return Ok(None),
    }
    let mut trusted = OF_THE_SYSTEM.clone();
    if let Some(authority) = &tls.authority {
        for certificate in certificates(authority, "sslrootcert")? {
            trusted.add(certificate).map_err(|error| failed(&error))?;
        }
    }
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(trusted), provider.clone()).build();
    match verifier {
        Ok(verifier) => Ok(Some(verifier)),
        Err(_) => Err(unsupported(
            "no authority is trusted: the system names none, and sslrootcert neither",
        )),
    }
}

/// What is asked of the certificate of a server. That the server has its key is always
/// verified.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    authorities: Option<Arc<WebPkiServerVerifier>>,
    is_name_verified: bool,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        use CertificateError::{NotValidForName, NotValidForNameContext};
        let Some(authorities) = &self.authorities else {
            return Ok(ServerCertVerified::assertion());
        };
        let (chain, name) = (intermediates, server_name);
        // The name is looked at last.
        match authorities.verify_server_cert(end_entity, chain, name, ocsp_response, now) {
            Err(Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }))
                if !self.is_name_verified =>
            {
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}
