"""Verification by password or face (R18)."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors.codes import ErrorCode, Language
from domain.errors.refusals import Refusal


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
    en = "Verification failed; tries left: {attempts_left}."

    def message(self, language: Language = Language.ZH) -> str:
        """Say how many tries are left or, after the last one, that there are none for a while."""
        if self.attempts_left == 0:
            return VerificationLocked().message(language)
        return super().message(language)


class FaceRefused(VerificationRefusal):
    """R18: the face assertion is not the face service's, is too old, was used, or is for somebody or something else."""

    code = ErrorCode.VERIFICATION_FAILED
    zh = "人脸核验未通过：结果无效、已过期、已使用，或不是为本人的本次操作核验的。请重新核验。"
    en = (
        "Face verification failed: the assertion is not valid, has expired, was used before, or was made for somebody "
        "or something else. Have the face verified again, for this operation."
    )


class VerificationLocked(VerificationRefusal):
    """R18: too many wrong tries."""

    code = ErrorCode.VERIFICATION_LOCKED
    zh = "验证失败次数过多，已锁定15分钟，请稍后再试。"
    en = "Too many failed tries: verification is locked for 15 minutes. Wait, then try again."
