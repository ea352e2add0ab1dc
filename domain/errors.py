"""Every way in which the wallet says no, as one tree of frozen refusals and the one exception that carries them.

Refusal                        what was refused, why, and what to do; a value that can be stored and compared
├── InvalidInput               the request is malformed: one class for each kind of field
├── InvalidAmount              not an amount of money that can be moved
├── access                     SignInRequired, NotPermitted, NotFound
├── conflicts                  DuplicateRegistration, SecondSpouse, KeyReused
├── enrolment                  NotEnrolled, PayeeNotEnrolled, NotEnrolledInArea, NoPersonalAccount, EnrolmentExists
├── kinship                    NotNearRelative, RelationMismatch, RelativeMismatch, KinshipExists, …
├── regions                    RegionRefusal: RegionNotOpen, RegionStatusUnknown
├── wallet                     WalletExists, WalletNotActivated, PayeeWalletNotActivated, WalletFrozen
├── transfer                   TransferNotPending, TransferExpired
├── InsufficientBalance
└── verification               PasswordNotSet, VerificationRefusal: VerificationFailed, VerificationLocked

Refused(Exception)             raised by rules; carries a Refusal, the reason is never in text
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import ClassVar, Self

from domain.money import Fen, format_yuan


class Language(StrEnum):
    """A language that messages are written in."""

    ZH = "zh"
    EN = "en"


class ErrorCode(StrEnum):
    """The vocabulary of refusals; clients branch on these, so a code never changes its meaning."""

    INVALID_INPUT = "INVALID_INPUT"
    INVALID_AMOUNT = "INVALID_AMOUNT"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    PENDING_ELSEWHERE = "PENDING_ELSEWHERE"
    NOT_ENROLLED = "NOT_ENROLLED"
    NO_PERSONAL_ACCOUNT = "NO_PERSONAL_ACCOUNT"
    NOT_RESIDENT_INSURED = "NOT_RESIDENT_INSURED"
    ENROLMENT_EXISTS = "ENROLMENT_EXISTS"
    NOT_NEAR_RELATIVE = "NOT_NEAR_RELATIVE"
    RELATION_MISMATCH = "RELATION_MISMATCH"
    RELATIVE_MISMATCH = "RELATIVE_MISMATCH"
    KINSHIP_EXISTS = "KINSHIP_EXISTS"
    KINSHIP_IMPLAUSIBLE = "KINSHIP_IMPLAUSIBLE"
    COMMITMENT_REQUIRED = "COMMITMENT_REQUIRED"
    WALLET_EXISTS = "WALLET_EXISTS"
    WALLET_NOT_ACTIVATED = "WALLET_NOT_ACTIVATED"
    PAYEE_WALLET_NOT_ACTIVATED = "PAYEE_WALLET_NOT_ACTIVATED"
    WALLET_FROZEN = "WALLET_FROZEN"
    REGION_NOT_OPEN = "REGION_NOT_OPEN"
    REGION_STATUS_UNKNOWN = "REGION_STATUS_UNKNOWN"
    NOT_ENROLLED_IN_AREA = "NOT_ENROLLED_IN_AREA"
    USE_PLACE_CHANGE_UNSUPPORTED = "USE_PLACE_CHANGE_UNSUPPORTED"
    USE_PLACE_UNCHANGED = "USE_PLACE_UNCHANGED"
    TRANSFER_NOT_PENDING = "TRANSFER_NOT_PENDING"
    TRANSFER_EXPIRED = "TRANSFER_EXPIRED"
    AMOUNT_OVER_LIMIT = "AMOUNT_OVER_LIMIT"
    DAILY_LIMIT_REACHED = "DAILY_LIMIT_REACHED"
    OUTSIDE_SERVICE_HOURS = "OUTSIDE_SERVICE_HOURS"
    TRANSFER_PENDING_TO_PAYEE = "TRANSFER_PENDING_TO_PAYEE"
    INSUFFICIENT_BALANCE = "INSUFFICIENT_BALANCE"
    PASSWORD_NOT_SET = "PASSWORD_NOT_SET"  # noqa: S105 - a code, not a password
    VERIFICATION_FAILED = "VERIFICATION_FAILED"
    VERIFICATION_LOCKED = "VERIFICATION_LOCKED"
    INSTITUTION_NOT_DESIGNATED = "INSTITUTION_NOT_DESIGNATED"
    WALLET_NOT_ACCEPTED = "WALLET_NOT_ACCEPTED"
    NOT_IN_USE_PLACE = "NOT_IN_USE_PLACE"
    OVER_SELF_PAID = "OVER_SELF_PAID"
    PREMIUM_NOT_PUBLISHED = "PREMIUM_NOT_PUBLISHED"
    PREMIUM_WINDOW_CLOSED = "PREMIUM_WINDOW_CLOSED"
    PREMIUM_ALREADY_PAID = "PREMIUM_ALREADY_PAID"
    OVER_REFUND = "OVER_REFUND"


@dataclass(frozen=True)
class Refusal:
    """What was refused; `path` names the argument at fault, empty when it is the request as a whole."""

    code: ClassVar[ErrorCode]
    zh: ClassVar[str]
    en: ClassVar[str]

    path: tuple[str, ...] = ()

    def message(self, language: Language = Language.ZH) -> str:
        """Say in that language what is wrong and what to do."""
        return (self.zh if language is Language.ZH else self.en).format(**self.details())

    def details(self) -> dict[str, str]:
        """Give the values that the message's placeholders stand for."""
        return {}

    def at(self, *path: str) -> Self:
        """Give the same refusal for another argument."""
        return replace(self, path=path)


class Refused(Exception):
    """A rule said no; the refusal says which."""

    def __init__(self, refusal: Refusal) -> None:
        """Carry the refusal; the exception's text is only its code, so no personal data reaches a log."""
        super().__init__(refusal.code.value)
        self.refusal = refusal


# ---- malformed input: one class for each kind of field ------------------------------------------------------------


class InvalidInput(Refusal):
    """The request is malformed; nothing was looked up."""

    code = ErrorCode.INVALID_INPUT
    zh = "输入有误，请检查后重试。"
    en = "The input is malformed; check it and send it again."


class IdNumberMalformed(InvalidInput):
    """R6: not a citizen ID number by GB 11643."""

    zh = "公民身份号码应为18位，出生日期和校验码须正确。"
    en = "A citizen ID number has 18 characters with a real birth date and the right check character."


class PhoneMalformed(InvalidInput):
    """R6: not a mainland mobile number."""

    zh = "手机号应为11位内地手机号，例如13812345678。"
    en = "Give a mainland mobile number of 11 digits, for example 13812345678."


class NameMalformed(InvalidInput):
    """R6: not a name."""

    zh = "姓名应为1至50个字符，不含控制字符。"
    en = "A name has 1 to 50 characters and no control characters."


class PersonNoMalformed(InvalidInput):
    """R6: not a personal number."""

    zh = "个人编号应为1至32位字母、数字或连字符。"
    en = "A personal number has 1 to 32 letters, digits or hyphens."


class EnrolmentsMissing(InvalidInput):
    """R6: a person has one or more enrolments."""

    zh = "至少需要一条参保记录，最多20条。"
    en = "Give at least one enrolment, and at most 20."


class DateInFuture(InvalidInput):
    """An enrolment cannot begin after today."""

    zh = "日期不能晚于今天。"
    en = "The date must not be later than today."


class PeriodMalformed(InvalidInput):
    """R7: an allotment's period is a month."""

    zh = "账期格式应为“年-月”，例如2025-05。"
    en = 'A period is a year and a month, for example "2025-05".'


class PasswordMalformed(InvalidInput):
    """A medical-insurance-code password is six digits."""

    zh = "医保码密码应为6位数字。"
    en = "A password is six digits."


class CurrentPasswordMissing(InvalidInput):
    """To change a password one gives the one in force."""

    zh = "已设置密码，请同时提供当前密码。"
    en = "A password is set already: give currentPassword as well."


class IdempotencyKeyMalformed(InvalidInput):
    """R20: a key is 1 to 255 visible ASCII characters."""

    zh = "幂等键应为1至255个可见ASCII字符，每次新的操作使用新的键。"
    en = "An idempotency key has 1 to 255 visible ASCII characters; use a new one for every new operation."


class ChoiceMalformed(InvalidInput):
    """Exactly one of several ways must be given."""

    zh = "必须且只能提供其中一项。"
    en = "Give exactly one of the alternatives."


class PageMalformed(InvalidInput):
    """Pages hold 1 to 100 items and go one way."""

    zh = "first和last应为1至100，且不能同时使用。"
    en = "first and last are 1 to 100, and only one of them is given."


class CursorMalformed(InvalidInput):
    """A cursor is taken from an earlier page, not made up."""

    zh = "游标无效，请使用上一页返回的游标。"
    en = "The cursor is not one of this list's; use one from an earlier page."


class SearchTooLong(InvalidInput):
    """R5: no name is as long as that."""

    zh = "搜索内容最多100个字符。"
    en = "A search has at most 100 characters."


class TooManyIds(InvalidInput):
    """One request looks up at most 100 nodes."""

    zh = "一次最多查询100个节点。"
    en = "Ask for at most 100 nodes at once."


class InvalidAmount(Refusal):
    """R19: not an amount of money that can be moved."""

    code = ErrorCode.INVALID_AMOUNT
    zh = '金额应为字符串，至少0.01元，最多两位小数，例如"12.50"。'
    en = 'An amount is a string of yuan, at least "0.01", with at most two decimals, for example "12.50".'


# ---- access -------------------------------------------------------------------------------------------------------


class SignInRequired(Refusal):
    """R27: the operation needs a signed-in caller."""

    code = ErrorCode.UNAUTHENTICATED
    zh = "请先登录。"
    en = "Sign in first: send a bearer token."


class NotPermitted(Refusal):
    """R27: the caller's role does not allow the operation."""

    code = ErrorCode.FORBIDDEN
    zh = "您的身份不能进行此操作。"
    en = "Your role does not allow this operation."


class NotFound(Refusal):
    """R27: it does not exist, or not for the caller, which is the same."""

    code = ErrorCode.NOT_FOUND
    zh = "未找到。"
    en = "Not found."


class DuplicateRegistration(Refusal):
    """R6: the person is registered already."""

    code = ErrorCode.CONFLICT
    zh = "该个人编号或身份号码已登记。"
    en = "This personal number or ID number is registered already."


class SecondSpouse(Refusal):
    """R9: one active spouse per person."""

    code = ErrorCode.CONFLICT
    zh = "其中一方已有有效的配偶关系，请先解除。"
    en = "One of the two has an active spouse already; that tie must be revoked first."


class KeyReused(Refusal):
    """R20: a key belongs to one request for ever."""

    code = ErrorCode.IDEMPOTENCY_KEY_REUSED
    zh = "该幂等键已用于另一个请求，请使用新的键。"
    en = "This idempotency key belongs to another request; use a new key for a new operation."


# ---- enrolment ----------------------------------------------------------------------------------------------------


class NotEnrolled(Refusal):
    """R10, R13: the caller has no active enrolment."""

    code = ErrorCode.NOT_ENROLLED
    zh = "您没有有效的参保记录。"
    en = "You have no active enrolment."


class PayeeNotEnrolled(NotEnrolled):
    """R15: the payee has no active enrolment."""

    zh = "收款人没有有效的参保记录。"
    en = "The payee has no active enrolment."


class NotEnrolledInArea(Refusal):
    """R10: the use place is an area in which the person is actively enrolled."""

    code = ErrorCode.NOT_ENROLLED_IN_AREA
    zh = "您未在该地区参保，请选择您的参保地。"
    en = "You are not actively enrolled in this area; choose one in which you are."


class NoPersonalAccount(Refusal):
    """R7: only employees have a personal account."""

    code = ErrorCode.NO_PERSONAL_ACCOUNT
    zh = "没有可用的职工医保个人账户。"
    en = "There is no usable personal account; only those actively enrolled as employees have one."


class EnrolmentExists(Refusal):
    """R6: at most one active enrolment per scheme."""

    code = ErrorCode.ENROLMENT_EXISTS
    zh = "该险种已有另一条有效的参保记录，请先停止或终止。"
    en = "Another enrolment of this scheme is active; suspend or end that one first."


# ---- kinship ------------------------------------------------------------------------------------------------------


class NotNearRelative(Refusal):
    """R8, R14: there is no active tie of near kin between the two."""

    code = ErrorCode.NOT_NEAR_RELATIVE
    zh = "对方不是您已登记的近亲属。"
    en = "There is no declared and active tie of near kin between you two."


class RelationMismatch(Refusal):
    """R14: the relation stated is not the tie's."""

    code = ErrorCode.RELATION_MISMATCH
    zh = "所填亲属关系与已登记的关系不符。"
    en = "The relation stated is not the one declared."


class RelativeMismatch(Refusal):
    """R15: name and ID number do not belong to one known person; which of them is wrong is not said."""

    code = ErrorCode.RELATIVE_MISMATCH
    zh = "姓名与身份号码不匹配，请核对。"
    en = "Name and ID number do not match; check both."


class KinshipExists(Refusal):
    """R9: one active tie per pair."""

    code = ErrorCode.KINSHIP_EXISTS
    zh = "你们之间已有有效的亲属关系。"
    en = "There is an active tie between you two already."


class KinshipImplausible(Refusal):
    """R9: parents and grandparents are born before their children and grandchildren."""

    code = ErrorCode.KINSHIP_IMPLAUSIBLE
    zh = "出生日期与所填亲属关系矛盾。"
    en = "The birth dates contradict this relation."


class CommitmentRequired(Refusal):
    """R9: a tie is declared with an accepted commitment."""

    code = ErrorCode.COMMITMENT_REQUIRED
    zh = "请阅读并接受承诺书。"
    en = "Read and accept the commitment first."


# ---- regions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RegionRefusal(Refusal):
    """R16: nothing moves where the wallet is not open."""

    region_code: str = ""
    region_name: str = ""

    def details(self) -> dict[str, str]:
        """Name the region."""
        return {"region": self.region_name}


class RegionNotOpen(RegionRefusal):
    """R16: the wallet is not open in that area."""

    code = ErrorCode.REGION_NOT_OPEN
    zh = "{region}尚未开通医保钱包。"
    en = "The wallet is not open in {region}."


class RegionStatusUnknown(RegionRefusal):
    """R3: the province is named as open but its areas are not published."""

    code = ErrorCode.REGION_STATUS_UNKNOWN
    zh = "{region}的开通情况未公布，暂不能办理。"
    en = "Whether the wallet is open in {region} has not been published."


# ---- wallet and transfer ------------------------------------------------------------------------------------------


class WalletExists(Refusal):
    """R10: one wallet per person."""

    code = ErrorCode.WALLET_EXISTS
    zh = "您的医保钱包已开通。"
    en = "Your wallet is activated already."


class WalletNotActivated(Refusal):
    """R13: the payer needs an activated wallet."""

    code = ErrorCode.WALLET_NOT_ACTIVATED
    zh = "请先开通您的医保钱包。"
    en = "Activate your wallet first."


class PayeeWalletNotActivated(Refusal):
    """R15: the payee needs an activated wallet."""

    code = ErrorCode.PAYEE_WALLET_NOT_ACTIVATED
    zh = "收款人尚未开通医保钱包，请提醒其先开通。"
    en = "The payee has not activated a wallet yet; ask him or her to do so."


class WalletFrozen(Refusal):
    """R12: a frozen wallet neither sends, receives nor pays."""

    code = ErrorCode.WALLET_FROZEN
    zh = "您的医保钱包已冻结，请联系医保经办机构。"
    en = "Your wallet is frozen; contact the medical-insurance agency."


class PayeeWalletFrozen(WalletFrozen):
    """R12: a frozen wallet does not receive."""

    zh = "收款人的医保钱包已冻结。"
    en = "The payee's wallet is frozen."


class TransferNotPending(Refusal):
    """R18: only a pending transfer can be verified or cancelled."""

    code = ErrorCode.TRANSFER_NOT_PENDING
    zh = "该转账不在待验证状态。"
    en = "This transfer is not waiting for that any more."


class TransferExpired(Refusal):
    """R18: an unverified application expires."""

    code = ErrorCode.TRANSFER_EXPIRED
    zh = "转账申请已过期，请重新申请。"
    en = "This application has expired; apply again."


@dataclass(frozen=True)
class InsufficientBalance(Refusal):
    """R19: at most the source's available balance."""

    code = ErrorCode.INSUFFICIENT_BALANCE
    zh = "余额不足，可用余额{available}元。"
    en = "The balance does not suffice; {available} yuan are available."

    available: Fen = field(default=Fen(0))

    def details(self) -> dict[str, str]:
        """Give the available balance in yuan."""
        return {"available": format_yuan(self.available)}


# ---- verification -------------------------------------------------------------------------------------------------


class PasswordNotSet(Refusal):
    """R18: there is no password to verify by."""

    code = ErrorCode.PASSWORD_NOT_SET
    zh = "您尚未设置医保码密码，请先设置。"
    en = "You have not set a password yet; set one first."


@dataclass(frozen=True)
class VerificationRefusal(Refusal):
    """R18: without verification nothing moves."""

    attempts_left: int = 0

    def details(self) -> dict[str, str]:
        """Give the number of tries left."""
        return {"attempts_left": str(self.attempts_left)}


class VerificationFailed(VerificationRefusal):
    """R18: the password is wrong."""

    code = ErrorCode.VERIFICATION_FAILED
    zh = "验证未通过，还可尝试{attempts_left}次。"
    en = "Verification failed; {attempts_left} tries are left."


class VerificationLocked(VerificationRefusal):
    """R18: too many wrong tries."""

    code = ErrorCode.VERIFICATION_LOCKED
    zh = "验证失败次数过多，已锁定15分钟，请稍后再试。"
    en = "Too many failed tries: verification is locked for 15 minutes. Wait, then try again."
