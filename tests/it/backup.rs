//! Backups: a server is destroyed and brought back. Its store is embedded: DynamoDB's tables have backups of their own.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use capi::app;
use capi::chain::phrase::Phrase;
use capi::config::{BackupSettings, MetadataStore, ObjectStore};
use capi::domain::clock::SystemClock;
use capi::domain::{Clock, Hash};
use capi::service::backup::{Identity, Recipient, Restored, Saved, Unmined};
use futures_util::stream;
use secrecy::ExposeSecret;
use tempfile::TempDir;

use crate::support::eventually::eventually;
use crate::support::form::Form;
use crate::support::market::{BACKEND, BUYER, MAKER};
use crate::support::server::TestServer;

/// A directory for backups, and who can read them.
struct BackupDir {
    settings: BackupSettings,
    identity: Identity,
    directory: TempDir,
}

impl BackupDir {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let store = ObjectStore::Local { directory: directory.path().to_owned() };
        let identity =
            Identity::of_secret(Phrase::generate().unwrap().backup_secret().unwrap().expose_secret());
        let settings = BackupSettings {
            store,
            prefix: "market".into(),
            recipient: None,
            keep: 2,
            every: Duration::from_secs(3600),
        };
        BackupDir { settings, identity, directory }
    }

    /// What `capi admin backup` does.
    async fn save(&self, server: &TestServer) -> Saved {
        let token = server.sign_in(BACKEND).await;
        let answer = server.get("/admin/export").token(&token).send().await.expect(200);
        let lines = stream::iter([Ok::<_, String>(answer.body)]);
        let recipient = Recipient::parse(&self.identity.recipient()).unwrap();
        app::backup(&self.settings, &server.settings.objects, lines, &recipient, &SystemClock).await.unwrap()
    }

    /// What `capi admin restore` does.
    async fn restore(&self, server: &TestServer) -> anyhow::Result<Restored> {
        let wallet = server.market.wallet(BACKEND);
        let unmined = Unmined { account: wallet.address(), nonces: wallet.unmined_nonces().await? };
        app::restore(&self.settings, &server.settings, &self.identity, &unmined, &SystemClock).await
    }

    fn files(&self) -> Vec<PathBuf> {
        fs::read_dir(self.directory.path().join("market/records"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect()
    }
}

/// Stops the server and leaves nothing of it.
async fn destroy(server: &mut TestServer) {
    server.stop().await;
    fs::remove_dir_all(&server.settings.data_dir).unwrap();
    if let ObjectStore::Local { directory } = &server.settings.objects {
        let _ = fs::remove_dir_all(directory);
    }
}

#[tokio::test]
async fn a_server_that_was_destroyed_comes_back_from_its_backup_and_charges_nothing_twice() {
    let mut server = TestServer::start_embedded().await;
    let backups = BackupDir::new();
    let [settled, open, later] = ["settled", "open", "later"].map(Hash::keccak);
    let first = server.publish("first", b"first").await;
    let second = server.publish("second", b"second").await;
    for delivery in [settled, open, later] {
        server.market.buy(delivery, 11).await;
    }
    let token = server.sign_in(BUYER).await;
    for listing in [first.listing, second.listing] {
        server.download(&token, settled, listing).send().await.expect(200);
    }
    server.completed(settled).await;
    // Half of this delivery is charged by the time of the backup, and nothing of the third.
    server.download(&token, open, first.listing).send().await.expect(200);
    let saved = backups.save(&server).await;
    assert_eq!((saved.files, saved.files_added), (2, 2));

    // What comes after the backup is known to the chain alone.
    server.download(&token, open, second.listing).send().await.expect(200);
    server.download(&token, later, first.listing).send().await.expect(200);
    server.completed(open).await;
    server.charged(later, first.listing).await;

    destroy(&mut server).await;
    let restored = backups.restore(&server).await.unwrap();
    assert_eq!((restored.entries, restored.files_added), (saved.entries, 2));
    let error = backups.restore(&server).await.unwrap_err();
    assert!(error.to_string().contains("already has rows or records"), "{error}");
    server.resume().await;

    server.get("/consent/").token(&token).send().await.expect_problem(401);
    let token = server.sign_in(BUYER).await;
    for delivery in [settled, open, later] {
        for (listing, bytes) in [(first.listing, &first.bytes), (second.listing, &second.bytes)] {
            let again = server.download(&token, delivery, listing).send().await.expect(200);
            assert_eq!(&again.body, bytes);
        }
        server.completed(delivery).await;
    }
    for delivery in [settled, open, later] {
        for listing in [first.listing, second.listing] {
            assert_eq!(server.accesses(delivery, listing).await, 1);
        }
    }
    server.idle().await;
}

/// The directory and everything in it.
fn with_contents(directory: &Path) -> Vec<PathBuf> {
    let mut found = vec![directory.to_owned()];
    for entry in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap()) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(with_contents(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}

#[tokio::test]
async fn what_is_restored_and_saved_is_private_to_the_owner_of_its_directory() {
    const USER: u32 = 65_532;
    let parent = TempDir::new().unwrap();
    let directory = parent.path().join("data");
    let mut server = TestServer::start_with(|settings| {
        settings.data_dir.clone_from(&directory);
        settings.metadata = MetadataStore::Embedded { file: directory.join("metadata.redb") };
        settings.objects = ObjectStore::Local { directory: directory.join("objects") };
    })
    .await;
    let backups = BackupDir::new();
    server.publish("file", b"bytes").await;
    // Root's commands write for a server that runs as another user.
    let root = fs::metadata(parent.path()).unwrap().uid() == 0;
    let user = if root { USER } else { fs::metadata(parent.path()).unwrap().uid() };
    if root {
        chown(backups.directory.path(), Some(USER), Some(USER)).unwrap();
    }
    backups.save(&server).await;
    destroy(&mut server).await;
    if root {
        chown(parent.path(), Some(USER), Some(USER)).unwrap();
    }
    backups.restore(&server).await.unwrap();

    let restored = with_contents(&directory);
    assert!(restored.contains(&directory.join("metadata.redb")), "{restored:?}");
    assert!(restored.len() >= 5, "the records, a file, and the directories: {restored:?}");
    let mut saved = with_contents(backups.directory.path());
    // The directory itself was there before.
    saved.retain(|path| path != backups.directory.path());
    for path in restored.into_iter().chain(saved) {
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!((metadata.uid(), metadata.mode() & 0o077), (user, 0), "{}", path.display());
    }
}

#[tokio::test]
async fn an_upload_that_was_under_way_ends_after_the_restore() {
    let mut server = TestServer::start_embedded().await;
    let backups = BackupDir::new();
    server.market.node.set_automine(false).await.unwrap();
    let listing = Hash::keccak("file");
    let transaction = server.market.wallet(MAKER).send_list(listing).await.unwrap();
    let token = server.sign_in(MAKER).await;
    let form = Form::new(listing, transaction, server.address(MAKER), b"bytes");
    let accepted = server.upload(&token, &form).send().await.expect(201);
    backups.save(&server).await;
    destroy(&mut server).await;
    backups.restore(&server).await.unwrap();
    server.resume().await;
    server.market.node.set_automine(true).await.unwrap();
    server.market.node.mine(1).await.unwrap();
    server.succeed(&accepted).await;
    assert_eq!(server.market.wallet(MAKER).data_hash(listing).await.unwrap(), Hash::keccak(b"bytes"));
}

#[tokio::test]
async fn a_restore_waits_for_transactions_that_the_backup_does_not_know() {
    let mut server = TestServer::start_embedded().await;
    let backups = BackupDir::new();
    let published = server.publish("file", b"bytes").await;
    let (delivery, listing) = (Hash::keccak("delivery"), published.listing);
    server.market.buy(delivery, 5).await;
    backups.save(&server).await;
    let token = server.sign_in(BUYER).await;
    server.market.node.set_automine(false).await.unwrap();
    server.download(&token, delivery, listing).send().await.expect(200);
    let wallet = server.market.wallet(BACKEND);
    eventually("the charge is sent", async || !wallet.unmined_nonces().await.unwrap().is_empty()).await;
    destroy(&mut server).await;
    let error = backups.restore(&server).await.unwrap_err();
    assert!(error.to_string().contains("wait until they are mined"), "{error}");
    server.market.node.set_automine(true).await.unwrap();
    server.market.node.mine(1).await.unwrap();
    backups.restore(&server).await.unwrap();
    server.resume().await;
    let token = server.sign_in(BUYER).await;
    server.download(&token, delivery, listing).send().await.expect(200);
    assert_eq!(server.accesses(delivery, listing).await, 1);
}

#[tokio::test]
async fn a_second_backup_copies_new_files_only_and_old_ones_are_removed() {
    let server = TestServer::start_embedded().await;
    let backups = BackupDir::new();
    server.publish("first", b"first").await;
    let first = backups.save(&server).await;
    server.publish("second", b"second").await;
    let second = backups.save(&server).await;
    assert_eq!((first.files_added, second.files_added, second.files), (1, 1, 2));
    let third = backups.save(&server).await;
    assert_eq!((third.files_added, third.removed, backups.files().len()), (0, 1, 2));
    let verified = app::verify_backup(&backups.settings, &backups.identity).await.unwrap();
    assert_eq!((verified.files, verified.bytes, verified.missing.len()), (2, 11, 0));
}

#[tokio::test]
async fn a_backup_that_is_damaged_or_somebody_else_s_is_not_restored() {
    let mut server = TestServer::start_embedded().await;
    let backups = BackupDir::new();
    server.publish("file", b"bytes").await;
    backups.save(&server).await;
    let other = Identity::of_secret(&[7; 32]);
    let error = app::verify_backup(&backups.settings, &other).await.unwrap_err();
    assert!(error.to_string().contains("cannot be decrypted"), "{error}");

    destroy(&mut server).await;
    let mut elsewhere = server.settings.clone();
    elsewhere.stack = "mainnet".into();
    let unmined = Unmined { account: server.address(BACKEND), nonces: 0..0 };
    let error = app::restore(&backups.settings, &elsewhere, &backups.identity, &unmined, &SystemClock)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("another market"), "{error}");

    let backup = &backups.files()[0];
    let bytes = fs::read(backup).unwrap();
    fs::write(backup, &bytes[..bytes.len() - 20]).unwrap();
    let error = backups.restore(&server).await.unwrap_err();
    assert!(error.to_string().contains("cannot be decrypted"), "{error}");
}

#[tokio::test]
async fn a_server_writes_backups_by_itself() {
    let backups = BackupDir::new();
    let recipient = Some(backups.identity.recipient());
    let settings = BackupSettings { recipient, ..backups.settings.clone() };
    let server = TestServer::start_with(|server| {
        server.metadata = MetadataStore::Embedded { file: server.data_dir.join("metadata.redb") };
        server.backup = Some(settings);
    })
    .await;
    eventually("a backup is there", async || {
        app::verify_backup(&backups.settings, &backups.identity).await.is_ok()
    })
    .await;
    let taken = app::verify_backup(&backups.settings, &backups.identity).await.unwrap().taken;
    let schedule = server.context().exporter.as_ref().unwrap().schedule.as_ref().unwrap();
    eventually("the server knows how old it is", async || {
        let later = taken.after(Duration::from_secs(5 * 3600));
        schedule.age(later) == Some(Duration::from_secs(5 * 3600))
    })
    .await;
}

#[tokio::test]
async fn the_export_is_for_the_operator_alone() {
    let server = TestServer::start_embedded().await;
    server.get("/admin/export").send().await.expect(401);
    let token = server.sign_in(BUYER).await;
    server.get("/admin/export").token(&token).send().await.expect(403);
    let operator = server.sign_in(BACKEND).await;
    let exported = server.get("/admin/export").token(&operator).send().await.expect(200);
    let text = String::from_utf8(exported.body.to_vec()).unwrap();
    for partition in ["keys", "sessions"] {
        let state = &server.context().state;
        assert!(!state.list(partition, None, 10, server.clock.now()).await.unwrap().is_empty());
        assert!(!text.contains(&format!(r#""partition":"{partition}""#)), "{partition}");
    }
    assert!(text.contains(r#""partition":"spent-nonces""#), "{text}");
}
