"""A store in a bucket that speaks S3."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from django.conf import settings

from keepwell.platform.evidence.stores.base import Gone, Store
from keepwell.platform.evidence.stores.disk import PLAIN_NAME

ABSENT = ("404", "NoSuchKey", "NotFound")
PATIENCE_SECONDS = 20


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
            config=Config(connect_timeout=5, read_timeout=PATIENCE_SECONDS, retries={"max_attempts": 3}),
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
        self.client.put_object(Bucket=self.bucket, Key=self.key(name), Body=file)

    def has(self, name: str) -> bool:
        try:
            self.client.head_object(Bucket=self.bucket, Key=self.key(name))
        except ClientError as error:
            if error.response["Error"]["Code"] in ABSENT:
                return False
            raise
        return True

    def open(self, name: str) -> Any:
        try:
            return self.client.get_object(Bucket=self.bucket, Key=self.key(name))["Body"]
        except ClientError as error:
            if error.response["Error"]["Code"] in ABSENT:
                raise Gone(name) from error
            raise

    def remove(self, name: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=self.key(name))

    def listed(self) -> Iterator[tuple[str, datetime]]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix)
        for page in pages:
            for one in page.get("Contents", ()):
                yield one["Key"].removeprefix(self.prefix), one["LastModified"]
