"""Kinship: ties of near kin, and who somebody is (R8, R9, R14, R15)."""

from __future__ import annotations

from domain.errors.codes import ErrorCode
from domain.errors.refusals import Refusal


class NotNearRelative(Refusal):
    """R8, R14: there is no active tie of near kin between the two."""

    code = ErrorCode.NOT_NEAR_RELATIVE
    zh = "对方不是您已登记的近亲属。"
    en = "There is no declared and active tie of near kin between you two."


class OneselfDeclared(NotNearRelative):
    """R8: nobody is his or her own near relative."""

    zh = "不能将本人登记为自己的亲属。"
    en = "You cannot declare yourself a relative."


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
