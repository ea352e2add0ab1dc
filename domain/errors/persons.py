"""Enrolment: who is insured where, under which scheme (R6, R7)."""

from __future__ import annotations

from domain.errors.codes import ErrorCode
from domain.errors.refusals import Refusal


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


class PayerNotEnrolled(NotEnrolled):
    """R13: the payer has no active enrolment, as told to the payee."""

    zh = "付款人没有有效的参保记录。"
    en = "The payer has no active enrolment."


class PayerNoPersonalAccount(NoPersonalAccount):
    """R7: the payer's employment has ended, as told to the payee."""

    zh = "付款人的个人账户已不可用。"
    en = "The payer's personal account is no longer usable."


class NotEnrolledInUsePlace(NotEnrolledInArea):
    """R22: the holder is no longer enrolled where the wallet is used."""

    zh = "您已不在钱包使用地参保，请先变更使用地。"
    en = "You are no longer actively enrolled in your wallet's use place; change the use place first."


class NotResidentInsured(Refusal):
    """R23: the premium is that of the residents' scheme."""

    code = ErrorCode.NOT_RESIDENT_INSURED
    zh = "您未在该地区参加居民医保。"
    en = "You are not actively enrolled in the residents' scheme there."
