"""Malformed input: one class for each kind of field."""

from __future__ import annotations

from domain.errors.codes import ErrorCode
from domain.errors.refusals import Refusal


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

    zh = "个人编号应为1至32位字母、数字或连字符，且不能是身份号码。"
    en = "A personal number has 1 to 32 letters, digits or hyphens, and is not an ID number."


class AgencyMalformed(InvalidInput):
    """R27: not the name of an agency."""

    zh = "经办机构名称应为1至64个字符，且不含身份号码或手机号。"
    en = "The name of an agency has 1 to 64 characters, and no ID number or mobile among them."


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


class PasswordWeak(InvalidInput):
    """R18: a password that is among the first to be tried."""

    zh = "密码过于简单，请勿使用相同、连续或重复的数字，或本人的出生日期、身份号码或手机号的末六位。"
    en = (
        "This password is too easy to guess: no sequence, no repetition, not your birth date, nor the end of your ID "
        "number or mobile."
    )


class CurrentPasswordMissing(InvalidInput):
    """To change a password one gives the one in force."""

    zh = "已设置密码，请同时提供当前密码。"
    en = "A password is set already: give currentPassword as well."


class FaceAssertionMalformed(InvalidInput):
    """R18: a face assertion is what the face service gave, as it gave it."""

    zh = "人脸核验结果格式不正确，请原样提交人脸核验服务返回的内容。"
    en = "This is no face assertion: send what the face service gave, unaltered."


class FaceNotOffered(InvalidInput):
    """R18: this server knows no face service."""

    zh = "本系统未启用人脸核验，请使用医保码密码。"
    en = "Face verification is not offered here; use the password."


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


class AmountMalformed(InvalidAmount):
    """R19: not written as an amount of money."""

    zh = '金额应为字符串，不带符号和空格，整数最多13位，小数最多两位，例如"12.50"。'
    en = 'An amount is a string of yuan without sign or blanks, at most 13 digits and two decimals, such as "12.50".'


class InstitutionCodeMalformed(InvalidInput):
    """R24: not the code of an institution."""

    zh = "定点机构代码应为H（医疗机构）或P（零售药店）加11位数字，例如H37010000001。"
    en = "An institution's code is H (hospital) or P (pharmacy) and 11 digits, for example H37010000001."


class InstitutionNameMalformed(InvalidInput):
    """R24: not a name of an institution."""

    zh = "机构名称应为1至100个字符，不含控制字符。"
    en = "An institution's name has 1 to 100 characters and no control characters."


class BillNumberMalformed(InvalidInput):
    """R22: not the number of a bill."""

    zh = "结算单号应为1至64个可见ASCII字符。"
    en = "A bill number has 1 to 64 visible ASCII characters."


class BillUnbalanced(InvalidInput):
    """R22: what the fund pays and what the patient pays make up the total."""

    zh = "结算单总额应等于基金支付与个人自付之和。"
    en = "A bill's total is what the fund pays plus what is self-paid."


class YearMalformed(InvalidInput):
    """R23: not a year that premiums are published for."""

    zh = "年度应为2000至2100。"
    en = "The year is 2000 to 2100."


class WindowMalformed(InvalidInput):
    """R23: not a window in which a year's premium is paid."""

    zh = "缴费期应在该年度及其前后一年之内，截止日期不能早于开始日期。"
    en = "The window lies within the year, the one before and the one after, and must not close before it opens."


class ReasonMalformed(InvalidInput):
    """R12, R25: what is done to somebody's money has a reason."""

    zh = "请填写原因，1至200个字符，不含控制字符。"
    en = "Give a reason of 1 to 200 characters without control characters."
