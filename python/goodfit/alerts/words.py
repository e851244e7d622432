"""The words of messages about endings, in each language; what findings say has its own catalogue.

A key names what is said; braces take values. Both languages have the same keys.
"""

from __future__ import annotations

from goodfit.config import Language

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "finished": "{what} finished",
        "failed": "{what} failed",
        "killed": "{what} killed",
        "stalled": "{what} stalled",
        "resumed": "{what} goes on",
        "silent": "It was silent for {duration}.",
        "no_output": "no output for {duration}",
        "no_output_no_points": "no output and no new points for {duration}",
        "after": "after {duration}",
        "exit_status": "exit status {status}",
        "by_signal": "by {signal}",
        "job_signal": "its job was sent {signal}",
        "out_of_memory": "out of memory",
        "oom_beside": "Processes beside it that the kernel killed for memory: {n}.",
        "cannot_start": "cannot start: {why}",
        "on_host": "on {host}",
        "last_step": "last step {step}",
        "no_goodbye": "Its process ({pid}) ended without a word, as after SIGKILL.",
        "supervisor_killed": "goodfit run was killed; the command itself (process {pid}) still runs.",
        "both_killed": "goodfit run was killed, and the command with it.",
        "unclosed": "The script ended without closing the run; its exit status is not known.",
        "half_train": "train {metric}: {line}",
        "half_validation": "validation {metric}: {line}",
        "value": "{value} at step {step}",
        "best": ", best {value} at step {step}",
        "second": "{n} s",
        "minutes": "{n} min {rest} s",
        "hours": "{n} h {rest} min",
        "days": "{n} d {rest} h",
    },
    "ko": {
        "finished": "{what} 완료",
        "failed": "{what} 실패",
        "killed": "{what} 강제 종료",
        "stalled": "{what} 멈춤",
        "resumed": "{what} 다시 진행 중",
        "silent": "{duration} 동안 아무 출력이 없었습니다.",
        "no_output": "{duration} 동안 출력 없음",
        "no_output_no_points": "{duration} 동안 출력과 새 점 없음",
        "after": "{duration} 경과",
        "exit_status": "종료 코드 {status}",
        "by_signal": "{signal} 신호",
        "job_signal": "작업에 {signal} 신호가 보내짐",
        "out_of_memory": "메모리 부족",
        "oom_beside": "커널이 메모리 부족으로 곁의 프로세스 {n}개를 종료했습니다.",
        "cannot_start": "시작할 수 없음: {why}",
        "on_host": "호스트 {host}",
        "last_step": "마지막 스텝 {step}",
        "no_goodbye": "프로세스({pid})가 SIGKILL을 받은 것처럼 아무 말 없이 끝났습니다.",
        "supervisor_killed": "goodfit run이 강제 종료되었고, 명령(프로세스 {pid})은 아직 실행 중입니다.",
        "both_killed": "goodfit run과 명령이 함께 강제 종료되었습니다.",
        "unclosed": "스크립트가 기록을 닫지 않고 끝나 종료 코드를 알 수 없습니다.",
        "half_train": "학습 {metric}: {line}",
        "half_validation": "검증 {metric}: {line}",
        "value": "{value} ({step} 스텝)",
        "best": ", 최고 기록 {value} ({step} 스텝)",
        "second": "{n}초",
        "minutes": "{n}분 {rest}초",
        "hours": "{n}시간 {rest}분",
        "days": "{n}일 {rest}시간",
    },
}


def say(key: str, language: Language = "en", /, **values: object) -> str:
    """The words for `key` with its values.

    >>> say("failed", what="exp1"), say("failed", "ko", what="exp1")
    ('exp1 failed', 'exp1 실패')
    """
    return _WORDS[language][key].format(**values)
