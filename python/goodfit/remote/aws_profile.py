"""The files that `aws configure` writes → the settings of an S3 store, where the environment has none.

    ~/.aws/credentials   [NAME]           aws_access_key_id, aws_secret_access_key, aws_session_token
    ~/.aws/config        [profile NAME]   region, endpoint_url; and keys, too

Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files". Single sign-on, roles and processes
that give credentials are left to boto3, where it is installed.
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_KEYS = {
    "aws_access_key_id": "access_key_id",
    "aws_secret_access_key": "secret_access_key",
    "aws_session_token": "session_token",
}
_ENVIRONMENT_KEYS = (
    "AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_SKIP_SIGNATURE",
)  # fmt: skip
_OTHER_WAYS = ("sso_session", "sso_start_url", "role_arn", "credential_process")


@dataclass(frozen=True, slots=True)
class Profile:
    """What the files say of one profile."""

    settings: dict[str, str] = field(default_factory=dict, repr=False)
    """By the names of obstore's `S3Config`; holds secrets."""
    needs_boto3: bool = False
    """Whether its credentials come in a way that only boto3 knows."""


def has_environment_credentials(environ: Mapping[str, str]) -> bool:
    """Whether variables say with which credentials to sign, or that nothing is signed."""
    return any(environ.get(name) for name in _ENVIRONMENT_KEYS)


def read_profile(environ: Mapping[str, str]) -> Profile:
    """The profile that `AWS_PROFILE` names, or the default one; empty when there is none. Raises nothing.

    Args:
        environ: the variables; those that are set there win over the files.
    """
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or "~").expanduser()
    name = environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE") or "default"
    values: dict[str, str] = {}
    for variable, file, section in (
        ("AWS_CONFIG_FILE", "config", name if name == "default" else f"profile {name}"),
        ("AWS_SHARED_CREDENTIALS_FILE", "credentials", name),
    ):
        path = Path(environ.get(variable) or home / ".aws" / file).expanduser()
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError, OSError):
            continue  # as if it were not there: the store then says that there are no credentials
        if parser.has_section(section):
            values.update(parser.items(section))
    settings: dict[str, str] = {}
    has_keys = "aws_access_key_id" in values and "aws_secret_access_key" in values
    is_needed = not has_environment_credentials(environ)
    if has_keys and is_needed:
        settings.update({ours: values[theirs] for theirs, ours in _KEYS.items() if values.get(theirs)})
    if values.get("region") and not (environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")):
        settings["region"] = values["region"]
    if values.get("endpoint_url") and not (environ.get("AWS_ENDPOINT_URL") or environ.get("AWS_ENDPOINT_URL_S3")):
        settings["endpoint"] = values["endpoint_url"]
    return Profile(settings, needs_boto3=is_needed and not has_keys and any(values.get(way) for way in _OTHER_WAYS))
