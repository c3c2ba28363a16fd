//! Mistakes that can be made on purpose, so that it shows whether the tests notice them. Compiled in with
//! the feature `seeded-bugs` alone; `tests/bugs/table` says what each is and which test catches it.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    AccountRepeated,
    AdoptsAnyPart,
    AnyFileResumed,
    AnyObjectResumed,
    BandwidthUnlimited,
    CallbackElsewhere,
    CancelHidesCommit,
    CancelIgnored,
    ChangeUnnoticed,
    CheckpointDropped,
    CheckpointOpenToAll,
    CompletingUnrecorded,
    CompletingUnsynced,
    CutXmlTaken,
    DamageTrusted,
    DescriptorLeaked,
    DirectoryUnsynced,
    DoubtIgnored,
    DriverPanics,
    ErrorIn200Ignored,
    FinishedPartsResent,
    FirstAddressOnly,
    ForeignOverwritten,
    ForkUnnoticed,
    HeaderLogged,
    HeaderUnsynced,
    LastPartShort,
    LinkFollowed,
    LockNotTaken,
    MemoryUnwiped,
    NoStallRule,
    ObjectCrcIgnored,
    PanicHidesCommit,
    PanicIsSuccess,
    PartCrcIgnored,
    PartPanics,
    PauseIgnored,
    PlusUnescaped,
    RedirectFollowed,
    RefusalRetried,
    ReservedTaken,
    RestartsForever,
    ResultLeaked,
    RetryEmpty,
    RetryMisplaced,
    SecretInCheckpoint,
    SecretInError,
    SettlesWithAny,
    SignalsUnblocked,
    SmallChangeUnnoticed,
    TailKept,
    TimesInSeconds,
    TooManyInFlight,
    TrustsGone,
    TwoRenewals,
    UnknownIsFailure,
    UploadLeaked,
    UploadLeftOpen,
}

#[cfg(not(feature = "seeded-bugs"))]
#[inline(always)]
pub const fn seeded(_: Bug) -> bool {
    false
}

/// Whether this is a bug that the environment names. A file tells that the first one named was made: others
/// are what it takes to get there.
#[cfg(feature = "seeded-bugs")]
pub fn seeded(bug: Bug) -> bool {
    use std::cell::Cell;
    use std::env::var;
    use std::sync::{LazyLock, Once};

    static NAMES: LazyLock<String> =
        LazyLock::new(|| var("OSS_RESUMABLE_SEEDED_BUG").unwrap_or_default());
    static MADE: Once = Once::new();
    thread_local!(static ASKED: Cell<bool> = const { Cell::new(false) });
    // The allocator asks as well, also for the memory that is used here.
    if ASKED.replace(true) {
        return false;
    }
    let place = NAMES
        .split_whitespace()
        .position(|name| *name == format!("{bug:?}"));
    if place == Some(0)
        && let Ok(path) = var("OSS_RESUMABLE_SEEDED_BUG_MADE")
    {
        MADE.call_once(|| std::fs::write(path, "").expect("the file can be made"));
    }
    ASKED.set(false);
    place.is_some()
}
