"""Regions: where the wallet is open, and where its use place can be changed (R3, R11, R16)."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors.codes import ErrorCode
from domain.errors.refusals import Refusal


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


class UsePlaceChangeUnsupported(Refusal):
    """R11: the province of the use place does not support changing it."""

    code = ErrorCode.USE_PLACE_CHANGE_UNSUPPORTED
    zh = "您当前使用地所在省份尚不支持变更使用地。"
    en = "The province of your wallet's use place does not support changing it yet."


class UsePlaceUnchanged(Refusal):
    """R11: it is the use place already."""

    code = ErrorCode.USE_PLACE_UNCHANGED
    zh = "该地区已是您钱包的使用地。"
    en = "This area is your wallet's use place already."
