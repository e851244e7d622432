"""What an object store or a web server said went wrong → an error of ours, in words that hold no secret.

obstore gives its errors as text, and that text holds addresses, which may be signed: only a status, a code of the
service and a few known phrases are taken from it, and the original is not chained to the error.
"""

from __future__ import annotations

import re

from goodfit.errors import GoodfitError, LogFolderError, RemoteError
from goodfit.remote.address import Address

GUIDE = "docs/guide/remote-folders.md"
_STATUS = re.compile(r"status(?: code)?: (\d{3})")
_CODE = re.compile(r"<Code>([A-Za-z]{1,64})</Code>|\"code\": ?\"([A-Za-z]{1,64})\"")
_NO_CREDENTIALS = re.compile(
    r"169\.254\.169\.254|metadata\.google\.internal|computeMetadata|/latest/(?:api/token|meta-data)|"
    r"missing credentials|MissingCredential|no credentials|Missing (?:SecretAccessKey|AccessKeyId)|"
    r"Account must be specified|MissingAccount|could not find default credentials",
    re.IGNORECASE,
)
_WRONG_KEY_CODES = frozenset({
    "InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthenticationFailed", "InvalidToken", "TokenRefreshRequired",
    "AuthorizationHeaderMalformed", "InvalidAuthenticationInfo", "UnrecognizedClientException", "InvalidClientTokenId",
})  # fmt: skip
_EXPIRED_CODES = frozenset({"ExpiredToken", "RequestExpired", "ExpiredTokenException"})
_NO_BUCKET_CODES = frozenset({"NoSuchBucket", "ContainerNotFound", "ContainerBeingDeleted", "InvalidBucketName"})
_PHRASES = (
    ("dns error", "its name could not be looked up"),
    ("failed to lookup", "its name could not be looked up"),
    ("Connection refused", "it refuses connections"),
    ("connection reset", "the connection broke"),
    ("end of file before message length", "the answer broke off"),
    ("IncompleteMessage", "the answer broke off"),
    ("connection closed", "the connection broke"),
    ("certificate", "its certificate is not trusted"),
    ("timed out", "it did not answer in time"),
    ("TimedOut", "it did not answer in time"),
    ("Timeout", "it did not answer in time"),
    ("Name or service not known", "its name could not be looked up"),
    ("nodename nor servname", "its name could not be looked up"),
    ("connection attempts failed", "no connection could be made"),
    ("disconnected without", "the connection broke"),
    ("tcp connect error", "no connection could be made"),
)
_VARIABLES = {
    "s3": "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; AWS_ENDPOINT_URL for other than Amazon's",
    "gs": "set GOOGLE_APPLICATION_CREDENTIALS, or run: gcloud auth application-default login",
    "az": "set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY (or AZURE_STORAGE_SAS_TOKEN)",
}
_WEB_HINT = "https://USER:PASSWORD@HOST/LISTING/ names a user"


def from_bucket(address: Address, text: str, *, has_credentials: bool = True) -> GoodfitError:
    """The error of ours for an error text of the object store.

    Args:
        address: The folder.
        text: What obstore said; it is not repeated.
        has_credentials: Whether requests were signed.
    """
    match = _STATUS.search(text)
    status = int(match[1]) if match else None
    codes = _CODE.search(text)
    code = (codes[1] or codes[2]) if codes else ""
    if is_about_credentials(text):
        return _no_credentials(address)
    if "non-partial response" in text:
        return LogFolderError(
            f"{address} gives whole files only: its server ignores ranges of bytes, by which what is new is read.",
            hint="copy the files to this machine, then open that folder",
        )
    return from_status(address, status, code, has_credentials=has_credentials) or from_phrase(address, text)


def is_about_credentials(text: str) -> bool:
    """Whether the text says that credentials were looked for and not found."""
    return _NO_CREDENTIALS.search(text) is not None


def from_status(
    address: Address, status: int | None, code: str = "", *, has_credentials: bool = True
) -> GoodfitError | None:
    """The error for an answer's status and the service's own code for it; None where they say nothing."""
    hint = _VARIABLES.get(address.scheme, _WEB_HINT)
    said = f"{status} {code}".strip() if status else code
    if code in _NO_BUCKET_CODES:
        return LogFolderError(f"there is no bucket {address.place!r} ({said}).", hint=f"look at the address: {address}")
    if code in _EXPIRED_CODES:
        return LogFolderError(
            f"the credentials for {address} have expired ({said}).", hint="renew them, then try again"
        )
    if code in _WRONG_KEY_CODES or status == 401:
        if not has_credentials:
            return _no_credentials(address)
        return LogFolderError(f"the credentials for {address} are not accepted ({said}).", hint=hint)
    if status == 403:
        if not has_credentials:
            return _no_credentials(address)
        return LogFolderError(f"{address} may not be read with these credentials ({said}).", hint=hint)
    if status in (301, 307, 308) and address.is_bucket:
        return LogFolderError(f"the bucket {address.place!r} lies in another region ({said}).", hint="set AWS_REGION")
    if status in (404, 410):
        return LogFolderError(f"there is no log folder {str(address)!r} ({said}).", hint="look at the address")
    if status == 429 or (status is not None and status >= 500):
        return RemoteError(
            f"{address} answered {said}, again and again. What was read before is kept.", hint="try again later"
        )
    if status is not None:
        return RemoteError(f"{address} answered {said}. What was read before is kept.", hint=f"see {GUIDE}")
    return None


def from_phrase(address: Address, text: str) -> RemoteError:
    """The error for a connection that failed."""
    lowered = text.lower()
    reason = next((words for phrase, words in _PHRASES if phrase.lower() in lowered), "the request failed")
    return RemoteError(
        f"{address} cannot be reached: {reason}. What was read before is kept.",
        hint=f"look at the address and the network; see {GUIDE}",
    )


def _no_credentials(address: Address) -> LogFolderError:
    hint = _VARIABLES.get(address.scheme, _WEB_HINT)
    return LogFolderError(f"{address} may not be read without credentials, and none were found.", hint=hint)
