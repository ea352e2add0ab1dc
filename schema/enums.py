"""The domain's enumerations as the schema shows them, each value described."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import strawberry

from domain.actors import Role
from domain.credentials import VerificationMethod
from domain.errors import ErrorCode
from domain.institutions import InstitutionKind, WalletServiceStatus
from domain.kinship import KinshipStatus, Relation
from domain.ledger import EntryKind
from domain.outcomes import OutcomeStatus
from domain.payments import PaymentKind, PaymentStatus
from domain.persons import EnrolmentStatus, InsuranceScheme
from domain.regions import ProvinceCoverage, RegionKind, RegionLevel
from domain.transfers import FundSource, TransferDirection, TransferScope, TransferStatus
from domain.wallets import WalletStatus


def _describe(enum: type[Enum], description: str, values: Mapping[str, str]) -> None:
    """Show an enumeration; every one of its values has a description."""
    strawberry.enum(enum, description=description)
    definition: Any = getattr(enum, "__strawberry_definition__")  # noqa: B009 - set by the line above
    for value in definition.values:
        value.description = values[value.name]


_describe(
    Role,
    "登录身份。What a caller signs in as.",
    {
        "INSURED": "参保人：只能查看和办理本人业务。An insured person: own data only.",
        "INSTITUTION": "定点医药机构。A designated hospital or pharmacy.",
        "AGENCY": "医保经办机构：可查看任何记录。A medical-insurance agency: any record.",
    },
)
_describe(
    RegionLevel,
    "地区级别。Level of a region.",
    {
        "PROVINCE": "省级：省、自治区、直辖市、特别行政区、兵团。A province-level unit.",
        "AREA": "统筹区：市、州、盟、区县、省本级、油田等。A pooling area.",
    },
)
_describe(
    RegionKind,
    "地区类型。What kind of region it is.",
    {
        "PROVINCE": "省。Province.",
        "MUNICIPALITY": "直辖市。Municipality directly under the central government.",
        "AUTONOMOUS_REGION": "自治区。Autonomous region.",
        "SPECIAL_ADMINISTRATIVE_REGION": "特别行政区。Special administrative region.",
        "XPCC": "新疆生产建设兵团。Xinjiang Production and Construction Corps.",
        "PREFECTURE_CITY": "地级市。Prefecture-level city.",
        "AUTONOMOUS_PREFECTURE": "自治州。Autonomous prefecture.",
        "PREFECTURE": "地区。Prefecture.",
        "LEAGUE": "盟。League.",
        "PROVINCE_MANAGED_CITY": "省直管县级市。County-level city directly under its province.",
        "DISTRICT": "直辖市的区。District of a municipality.",
        "COUNTY": "县。County.",
        "AUTONOMOUS_COUNTY": "自治县。Autonomous county.",
        "NEW_AREA": "国家级新区。State-level new area.",
        "DEMONSTRATION_ZONE": "产城融合示范区。Demonstration zone.",
        "FORESTRY_DISTRICT": "林区。Forestry district.",
        "SPECIAL_ZONE": "矿区等特别统筹区。Special zone, such as a mining area.",
        "PROVINCIAL_LEVEL": "省本级、区本级、兵团本级。The province's own pool.",
        "ENTERPRISE": "油田、铁路等企业统筹区。Pool of an enterprise, such as an oilfield or a railway bureau.",
        "XPCC_DIVISION": "兵团师。Division of the Corps.",
    },
)
_describe(
    ProvinceCoverage,
    "省级开通情况。How much of a province is open.",
    {
        "FULL": "全域开通。All of it is open.",
        "PARTIAL": "部分地区开通。Part of it is open.",
        "UNPUBLISHED": "已宣布开通，但未公布具体地区。Named as open, but no area is published.",
        "NONE": "未开通。None of it is open.",
    },
)
_describe(
    InsuranceScheme,
    "险种。Insurance scheme.",
    {
        "EMPLOYEE": "职工医保，有个人账户。Employees' insurance; it comes with a personal account.",
        "RESIDENT": "居民医保，无个人账户。Residents' insurance; no personal account.",
    },
)
_describe(
    EnrolmentStatus,
    "参保状态。Status of an enrolment.",
    {
        "ACTIVE": "正常参保。In force.",
        "SUSPENDED": "暂停参保。Suspended.",
        "ENDED": "终止参保。Ended.",
    },
)
_describe(
    Relation,
    "近亲属关系：对方是本人的什么人，共八种。What a near relative is to the person; exactly eight relations count.",
    {
        "SPOUSE": "配偶。Spouse. HL7 SPS; GB/T 4761 10.",
        "PARENT": "父母。Parent. HL7 PRN; GB/T 4761 50.",
        "CHILD": "子女。Child. HL7 CHILD; GB/T 4761 20, 30.",
        "SIBLING": "兄弟姐妹。Sibling. HL7 SIB; GB/T 4761 70.",
        "PATERNAL_GRANDPARENT": "祖父母。Paternal grandparent. HL7 PGRPRN; GB/T 4761 61, 62.",
        "MATERNAL_GRANDPARENT": "外祖父母。Maternal grandparent. HL7 MGRPRN; GB/T 4761 63, 64.",
        "PATERNAL_GRANDCHILD": "孙子女。Child of a son. HL7 GRNDCHILD; GB/T 4761 41, 42.",
        "MATERNAL_GRANDCHILD": "外孙子女。Child of a daughter. HL7 GRNDCHILD; GB/T 4761 43, 44.",
    },
)
_describe(
    KinshipStatus,
    "亲属关系状态。Status of a tie.",
    {"ACTIVE": "有效。The tie holds.", "REVOKED": "已解除，保留为历史。Revoked; kept as history."},
)
_describe(
    WalletStatus,
    "钱包状态。Status of a wallet.",
    {
        "ACTIVE": "正常。In use.",
        "FROZEN": "已冻结：不能转出、转入或支付。Frozen: neither sends, receives nor pays.",
    },
)
_describe(
    EntryKind,
    "收支类型。Why an account moved.",
    {
        "ALLOTMENT": "个人账户划入。Credit of a personal account by the agency.",
        "TRANSFER_OUT": "转出。Transfer to a near relative.",
        "TRANSFER_IN": "转入。Transfer from a near relative.",
        "TRANSFER_RETURNED": "转账退回：解除冻结，余额未动，金额为0.00，原额见所属转账。"
        "A transfer came back: what was held is free again. The money never left the balance, so the amount is 0.00.",
        "MEDICAL_PAYMENT": "就医购药支付。Payment at a hospital or pharmacy.",
        "PREMIUM_PAYMENT": "居民医保缴费。Payment of the resident premium.",
        "REFUND": "退款。Refund of a payment.",
    },
)
_describe(
    FundSource,
    "资金来源。Where the payer's money comes from.",
    {"PERSONAL_ACCOUNT": "职工医保个人账户。The payer's personal account.", "WALLET": "医保钱包。The payer's wallet."},
)
_describe(
    TransferScope,
    "省内或跨省。Whether both sides lie in one province.",
    {"SAME_PROVINCE": "省内。Within a province.", "CROSS_PROVINCE": "跨省。Across provinces."},
)
_describe(
    TransferStatus,
    "转账状态。Where a transfer stands.",
    {
        "PENDING_VERIFICATION": "待验证：尚未动用资金。Waiting for the payer's verification; no money is held.",
        "PENDING_ACCEPTANCE": "待接收：资金已冻结。Waiting for the payee to accept; the money is held.",
        "COMPLETED": "成功。Completed: the money is in the payee's wallet.",
        "CANCELLED": "付款人已取消。Cancelled by the payer.",
        "EXPIRED": "超时未验证。Not verified in time.",
        "RETURNED": "已退回。Declined or not accepted in time; the money went back.",
    },
)
_describe(
    TransferDirection,
    "转账方向，从钱包一方看。Which way the money goes, seen from the wallet.",
    {"IN": "转入。Into the wallet.", "OUT": "转出，含从个人账户转出。Out of the wallet or the personal account."},
)
_describe(
    InstitutionKind,
    "机构类型。Kind of institution.",
    {"HOSPITAL": "定点医疗机构。Designated hospital.", "PHARMACY": "定点零售药店。Designated pharmacy."},
)
_describe(
    WalletServiceStatus,
    "医保钱包服务状态。Whether an institution accepts the wallet.",
    {
        "NORMAL": "正常：支持医保钱包。In use: the wallet is accepted.",
        "OPEN_IDLE": "已开通，尚未使用：支持医保钱包。Open and not used so far: the wallet is accepted.",
        "NOT_OPEN": "未开通：不支持医保钱包。Not open: the wallet is not accepted.",
    },
)
_describe(
    PaymentKind,
    "支付类型。What a wallet pays for.",
    {
        "MEDICAL": "就医购药。A medical expense at an institution.",
        "PREMIUM": "居民医保个人缴费。A premium of the residents' scheme.",
    },
)
_describe(
    PaymentStatus,
    "支付状态。How much of a payment came back.",
    {
        "COMPLETED": "已支付。Paid.",
        "PARTLY_REFUNDED": "部分退款。Refunded in part.",
        "REFUNDED": "全部退款。Refunded in full.",
    },
)
_describe(
    VerificationMethod,
    "验证方式。How the payer was verified.",
    {"FACE": "人脸验证。By face.", "PASSWORD": "医保码密码验证。By medical-insurance-code password."},
)
_describe(
    OutcomeStatus,
    "请求的结果。What became of a keyed request itself.",
    {
        "COMPLETED": "已受理。Carried out.",
        "REFUSED": "已拒绝。Refused.",
        "PENDING": "处理中。Still being carried out.",
    },
)
_describe(
    ErrorCode,
    "错误码，含义不会改变。Error codes; a code never changes its meaning.",
    {
        "INVALID_INPUT": "输入有误。The input is malformed.",
        "INVALID_AMOUNT": "金额有误。Not an amount that can be moved.",
        "UNAUTHENTICATED": "未登录或登录已失效。Not signed in, or no longer.",
        "FORBIDDEN": "无权进行此操作。The caller's role does not allow it.",
        "NOT_FOUND": "未找到。It does not exist, or not for the caller.",
        "CONFLICT": "与已有记录冲突。It contradicts a record that exists.",
        "IDEMPOTENCY_KEY_REUSED": "幂等键已用于另一请求。The key belongs to another request.",
        "PENDING_ELSEWHERE": "有未完成的转账。A transfer of this wallet is pending.",
        "NOT_ENROLLED": "没有有效参保。No active enrolment.",
        "NO_PERSONAL_ACCOUNT": "没有可用的个人账户。No usable personal account.",
        "NOT_RESIDENT_INSURED": "未参加居民医保。Not enrolled in the residents' scheme there.",
        "ENROLMENT_EXISTS": "该险种已有有效参保。Another enrolment of the scheme is active.",
        "NOT_NEAR_RELATIVE": "不是近亲属。Not a near relative.",
        "RELATION_MISMATCH": "亲属关系不符。Not the relation declared.",
        "RELATIVE_MISMATCH": "姓名与身份号码不匹配。Name and ID number do not match.",
        "KINSHIP_EXISTS": "亲属关系已存在。There is an active tie already.",
        "KINSHIP_IMPLAUSIBLE": "出生日期与关系矛盾。The birth dates contradict the relation.",
        "COMMITMENT_REQUIRED": "须接受承诺书。The commitment was not accepted.",
        "WALLET_EXISTS": "钱包已开通。There is a wallet already.",
        "WALLET_NOT_ACTIVATED": "本人钱包未开通。The caller has no wallet.",
        "PAYEE_WALLET_NOT_ACTIVATED": "收款人钱包未开通。The payee has no wallet.",
        "WALLET_FROZEN": "钱包已冻结。The wallet is frozen.",
        "REGION_NOT_OPEN": "地区未开通。The wallet is not open there.",
        "REGION_STATUS_UNKNOWN": "地区开通情况未公布。Whether it is open there is not published.",
        "NOT_ENROLLED_IN_AREA": "未在该地区参保。Not actively enrolled in that area.",
        "USE_PLACE_CHANGE_UNSUPPORTED": "不支持变更使用地。The province does not support changing the use place.",
        "USE_PLACE_UNCHANGED": "使用地未变。It is the use place already.",
        "TRANSFER_NOT_PENDING": "转账不在待处理状态。The transfer is not waiting for that.",
        "TRANSFER_EXPIRED": "转账申请已过期。The application has expired.",
        "AMOUNT_OVER_LIMIT": "超过单笔限额。Over the limit per transfer.",
        "DAILY_LIMIT_REACHED": "超过每日次数。The daily number of transfers is reached.",
        "OUTSIDE_SERVICE_HOURS": "不在服务时间。Outside service hours.",
        "TRANSFER_PENDING_TO_PAYEE": "有待对方接收的转账。A transfer to this payee waits for acceptance.",
        "INSUFFICIENT_BALANCE": "余额不足。The balance does not suffice.",
        "PASSWORD_NOT_SET": "未设置密码。No password is set.",
        "VERIFICATION_FAILED": "验证未通过。Verification failed.",
        "VERIFICATION_LOCKED": "验证已锁定。Verification is locked for a while.",
        "INSTITUTION_NOT_DESIGNATED": "不是定点机构。Not a designated institution.",
        "WALLET_NOT_ACCEPTED": "机构不支持医保钱包。The institution does not accept the wallet.",
        "NOT_IN_USE_PLACE": "不在使用地。Not in the wallet's use place.",
        "OVER_SELF_PAID": "超过个人自付。More than the self-paid part.",
        "PREMIUM_NOT_PUBLISHED": "缴费标准未公布。No premium is published.",
        "PREMIUM_WINDOW_CLOSED": "不在缴费期。Outside the window for paying.",
        "PREMIUM_ALREADY_PAID": "已缴费。Paid already.",
        "OVER_REFUND": "超过可退金额。More than can be refunded.",
    },
)
