"""Every way in which the wallet says no, as one tree of frozen refusals and the one exception that carries them.

Refusal            what was refused, why, and what to do; a value that can be stored and compared
├── inputs         InvalidInput, one class for each kind of field; InvalidAmount
├── access         SignInRequired, NotPermitted, NotFound; what is there already; KeyReused; PendingElsewhere
├── persons        NotEnrolled, NotEnrolledInArea, NotResidentInsured, NoPersonalAccount, EnrolmentExists
├── kinship        NotNearRelative, RelationMismatch, RelativeMismatch, KinshipExists, …
├── regions        RegionRefusal: RegionNotOpen, RegionStatusUnknown; UsePlaceChangeUnsupported, UsePlaceUnchanged
├── wallets        WalletExists, WalletNotActivated, WalletFrozen, InsufficientBalance
├── transfers      TransferNotPending, TransferExpired; PolicyRefusal: AmountOverLimit, DailyLimitReached, …
├── payments       InstitutionNotDesignated, …; RemainderRefusal: OverSelfPaid, OverRefund; PremiumNotPublished, …
└── verification   PasswordNotSet, VerificationRefusal: VerificationFailed, VerificationLocked

Refused            the exception that rules raise; it carries a Refusal, the reason is never in text
"""

from domain.errors.access import (
    BillDiffers,
    DuplicateInstitution,
    DuplicateRegistration,
    KeyReused,
    NotFound,
    NotPermitted,
    PendingElsewhere,
    SecondSpouse,
    SignInRequired,
)
from domain.errors.codes import (
    ErrorCode,
    Language,
)
from domain.errors.inputs import (
    BillNumberMalformed,
    BillUnbalanced,
    ChoiceMalformed,
    CurrentPasswordMissing,
    CursorMalformed,
    DateInFuture,
    EnrolmentsMissing,
    IdempotencyKeyMalformed,
    IdNumberMalformed,
    InstitutionCodeMalformed,
    InstitutionNameMalformed,
    InvalidAmount,
    InvalidInput,
    NameMalformed,
    PageMalformed,
    PasswordMalformed,
    PeriodMalformed,
    PersonNoMalformed,
    PhoneMalformed,
    ReasonMalformed,
    SearchTooLong,
    TooManyIds,
    WindowMalformed,
    YearMalformed,
)
from domain.errors.kinship import (
    CommitmentRequired,
    KinshipExists,
    KinshipImplausible,
    NotNearRelative,
    RelationMismatch,
    RelativeMismatch,
)
from domain.errors.payments import (
    InstitutionNotDesignated,
    NotInUsePlace,
    OverRefund,
    OverSelfPaid,
    PremiumAlreadyPaid,
    PremiumNotPublished,
    PremiumWindowClosed,
    RemainderRefusal,
    WalletNotAccepted,
)
from domain.errors.persons import (
    EnrolmentExists,
    NoPersonalAccount,
    NotEnrolled,
    NotEnrolledInArea,
    NotEnrolledInUsePlace,
    NotResidentInsured,
    PayeeNotEnrolled,
    PayerNotEnrolled,
)
from domain.errors.refusals import (
    Refusal,
    Refused,
)
from domain.errors.regions import (
    RegionNotOpen,
    RegionRefusal,
    RegionStatusUnknown,
    UsePlaceChangeUnsupported,
    UsePlaceUnchanged,
)
from domain.errors.transfers import (
    AmountOverLimit,
    DailyLimitReached,
    OutsideServiceHours,
    PolicyRefusal,
    TransferExpired,
    TransferNotPending,
    TransferPendingToPayee,
)
from domain.errors.verification import (
    PasswordNotSet,
    VerificationFailed,
    VerificationLocked,
    VerificationRefusal,
)
from domain.errors.wallets import (
    InsufficientBalance,
    OwnerWalletNotActivated,
    PayeeWalletFrozen,
    PayeeWalletNotActivated,
    PayerWalletFrozen,
    WalletExists,
    WalletFrozen,
    WalletNotActivated,
)

__all__ = [
    "AmountOverLimit",
    "BillDiffers",
    "BillNumberMalformed",
    "BillUnbalanced",
    "ChoiceMalformed",
    "CommitmentRequired",
    "CurrentPasswordMissing",
    "CursorMalformed",
    "DailyLimitReached",
    "DateInFuture",
    "DuplicateInstitution",
    "DuplicateRegistration",
    "EnrolmentExists",
    "EnrolmentsMissing",
    "ErrorCode",
    "IdNumberMalformed",
    "IdempotencyKeyMalformed",
    "InstitutionCodeMalformed",
    "InstitutionNameMalformed",
    "InstitutionNotDesignated",
    "InsufficientBalance",
    "InvalidAmount",
    "InvalidInput",
    "KeyReused",
    "KinshipExists",
    "KinshipImplausible",
    "Language",
    "NameMalformed",
    "NoPersonalAccount",
    "NotEnrolled",
    "NotEnrolledInArea",
    "NotEnrolledInUsePlace",
    "NotFound",
    "NotInUsePlace",
    "NotNearRelative",
    "NotPermitted",
    "NotResidentInsured",
    "OutsideServiceHours",
    "OverRefund",
    "OverSelfPaid",
    "OwnerWalletNotActivated",
    "PageMalformed",
    "PasswordMalformed",
    "PasswordNotSet",
    "PayeeNotEnrolled",
    "PayeeWalletFrozen",
    "PayeeWalletNotActivated",
    "PayerNotEnrolled",
    "PayerWalletFrozen",
    "PendingElsewhere",
    "PeriodMalformed",
    "PersonNoMalformed",
    "PhoneMalformed",
    "PolicyRefusal",
    "PremiumAlreadyPaid",
    "PremiumNotPublished",
    "PremiumWindowClosed",
    "ReasonMalformed",
    "Refusal",
    "Refused",
    "RegionNotOpen",
    "RegionRefusal",
    "RegionStatusUnknown",
    "RelationMismatch",
    "RelativeMismatch",
    "RemainderRefusal",
    "SearchTooLong",
    "SecondSpouse",
    "SignInRequired",
    "TooManyIds",
    "TransferExpired",
    "TransferNotPending",
    "TransferPendingToPayee",
    "UsePlaceChangeUnsupported",
    "UsePlaceUnchanged",
    "VerificationFailed",
    "VerificationLocked",
    "VerificationRefusal",
    "WalletExists",
    "WalletFrozen",
    "WalletNotAccepted",
    "WalletNotActivated",
    "WindowMalformed",
    "YearMalformed",
]
