"""A store in a bucket that speaks S3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Any
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from keepwell.platform.evidence.stores.base import Gone, Store, StoreAway
from keepwell.platform.evidence.stores.disk import PLAIN_NAME

ABSENT = ("404", "NoSuchKey", "NotFound")
CONNECT_SECONDS, PATIENCE_SECONDS, TRIES = 3, 10, 2
"""How long a connection and each part of an answer may take, and how often one deed is tried."""
MOST_CONNECTIONS = 10


class Bucket(Store):
    """The objects of one bucket under one prefix: s3://bucket/prefix?endpoint=https://host&region=name."""

    def __init__(self, place: str, name: str) -> None:
        parts = urlsplit(place)
        told = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        self.bucket = parts.netloc
        self.prefix = "/".join(filter(None, (parts.path.strip("/"), name))) + "/"
        self.client = boto3.client(
            "s3", endpoint_url=told.get("endpoint"), region_name=told.get("region", "us-east-1"),
            aws_access_key_id=settings.KEEPWELL_S3_KEY or None, aws_secret_access_key=settings.KEEPWELL_S3_SECRET or None,
            config=Config(connect_timeout=CONNECT_SECONDS, read_timeout=PATIENCE_SECONDS,
                          max_pool_connections=MOST_CONNECTIONS, retries={"total_max_attempts": TRIES}),
        )  # fmt: skip

    def key(self, name: str) -> str:
        """The key of `name`; refuses what is no digest."""
        if not PLAIN_NAME.fullmatch(name):
            raise ValueError("A name in the store is a digest of 64 hex digits.")
        return self.prefix + name

    def keep(self, name: str, file: IO[bytes]) -> None:
        if self.has(name):
            return
        file.seek(0)
        with answering():
            self.client.put_object(Bucket=self.bucket, Key=self.key(name), Body=file)

    def has(self, name: str) -> bool:
        key = self.key(name)
        try:
            with answering(name):
                self.client.head_object(Bucket=self.bucket, Key=key)
        except Gone:
            return False
        return True

    def open(self, name: str) -> Any:
        key = self.key(name)
        with answering(name):
            return Body(self.client.get_object(Bucket=self.bucket, Key=key)["Body"])

    def remove(self, name: str) -> None:
        key = self.key(name)
        with answering():
            self.client.delete_object(Bucket=self.bucket, Key=key)

    def listed(self) -> Iterator[tuple[str, datetime]]:
        with answering():
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self.prefix
            )
            for page in pages:
                for one in page.get("Contents", ()):
                    yield one["Key"].removeprefix(self.prefix), one["LastModified"]


class Body:
    """The bytes of an object while they come."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def read(self, count: int | None = None) -> bytes:
        """The next `count` bytes, or all that are left."""
        with answering():
            return bytes(self.stream.read(count))

    def close(self) -> None:
        """Let go of the connection."""
        self.stream.close()

    def __enter__(self) -> Body:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


@contextmanager
def answering(name: str = "") -> Iterator[None]:
    """Whatever the library says of a store that is away, breaks off or refuses us is StoreAway; what is not there
    under `name` is Gone."""
    try:
        yield
    except ClientError as error:
        if name and error.response["Error"]["Code"] in ABSENT:
            raise Gone(name) from error
        raise StoreAway(error.response["Error"]["Code"]) from error
    except BotoCoreError as error:
        raise StoreAway(type(error).__name__) from error
