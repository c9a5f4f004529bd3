//! Certificates, and a server that shows one.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};

use checkout_sim::database::cluster::Cluster;
use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};

/// An authority that signs for itself.
pub struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self {
            certificate: params.self_signed(&key).unwrap(),
            issuer: Issuer::new(params, key),
        }
    }

    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// A certificate for a host, and its key.
    pub fn sign_host(&self, host: &str) -> (String, String) {
        self.sign(CertificateParams::new([host.to_owned()]).unwrap())
    }

    /// A certificate for a role, and its key.
    pub fn sign_role(&self, role: &str) -> (String, String) {
        let mut params = CertificateParams::new([]).unwrap();
        let name = rcgen::DnType::CommonName;
        params.distinguished_name.push(name, role);
        self.sign(params)
    }

    fn sign(&self, params: CertificateParams) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

/// Writes a file into the data directory as the server wants the key of its certificate.
pub fn put(cluster: &Cluster, name: &str, content: &str) {
    let owner = fs::metadata(cluster.data_dir()).unwrap();
    let path = cluster.data_dir().join(name);
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
}
