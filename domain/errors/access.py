"""Who may do what, what is there, and what is there already (R27)."""

from __future__ import annotations

from domain.errors.codes import ErrorCode
from domain.errors.refusals import Refusal


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


class PayerOnly(NotPermitted):
    """R18, R27: the payee sees the transfer, and does not decide on the application."""

    zh = "只有付款人可以验证或取消这笔转账。"
    en = "Only the payer may verify or cancel this transfer."


class PayeeOnly(NotPermitted):
    """R21, R27: the payer sees the transfer, and does not accept it."""

    zh = "只有收款人可以接收或拒收这笔转账。"
    en = "Only the payee may accept or decline this transfer."


class RegionNotFound(NotFound):
    """R5: no region has that code."""

    zh = "没有该代码的地区，请填写6位地区代码，例如370100。"
    en = "No region has this code; give one of six digits, for example 370100."


class AreaNotFound(NotFound):
    """R5: no pooling area has that code."""

    zh = "没有该代码的统筹区，请填写6位统筹区代码（不是省级代码），例如370100。"
    en = "No pooling area has this code; give one of six digits, not a province's, for example 370100."


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


class DuplicateInstitution(Refusal):
    """R24: an institution of that code is registered already."""

    code = ErrorCode.CONFLICT
    zh = "该机构代码已登记。"
    en = "An institution of this code is registered already."


class BillDiffers(Refusal):
    """R22: a bill number of an institution belongs to one bill."""

    code = ErrorCode.CONFLICT
    zh = "该结算单号已用于另一张结算单，请核对单号和金额。"
    en = "This bill number belongs to a bill with other figures; check number and amounts."


class PendingElsewhere(Refusal):
    """R11: a transfer of the wallet is pending."""

    code = ErrorCode.PENDING_ELSEWHERE
    zh = "您有未完成的转账，请等待其完成或取消后再变更使用地。"
    en = "A transfer from or to you is pending; wait until it is done, or cancel it, then change the use place."
