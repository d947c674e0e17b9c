"""All configuration, in one place, read once and passed on. Environment: FOYER_HOME, FOYER_DATABASE_URL, and for the
groups FOYER_SCREENING__TIMEOUT_S and the like; what the environment leaves out may lie in a file of that name in
SECRETS. Documented for operators in docs/operating.md."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

ROOT = Path(__file__).resolve().parent.parent
"""Where the project lies: `web/` and `samples/` are found from here."""
SECRETS = Path("/run/secrets")
"""Where containers are given secrets, a file each: an environment is seen by every child and in many a log."""

Precision = Literal["int8", "fp32", "gpu", "bf16"]


class Screening(BaseModel):
    embedder: str = Field("minilm", description="'minilm' (bundled) or a sentence-transformers name or folder")
    precision: Precision = Field(
        "int8", description="of the encoder: int8 (fastest on a processor), fp32, gpu (fp32 on CUDA) or bf16 (on CUDA)"
    )
    threshold: float = Field(0.4, ge=0, le=1, description="default of a new job")
    review_band: float = Field(0.08, ge=0, le=1, description="below the threshold by this much: a person looks")
    file_bytes: int = Field(20_000_000, description="largest single file")
    file_seconds: float = Field(20.0, description="wall clock for reading one file")
    file_memory: int = Field(1_500_000_000, description="address space of the reading child, bytes")
    batch_files: int = Field(20_000, description="files in one batch or archive")
    batch_bytes: int = Field(4_000_000_000, description="unpacked bytes of one archive")
    processes: int = Field(2, ge=1, description="reading children")
    ocr: str = Field("eng", pattern=r"^[\w+]*$", description="languages of scans for Tesseract; empty: none is read")


class Voice(BaseModel):
    recogniser: str = Field(
        "auto",
        description="'auto', 'sphinx', a Whisper name (base.en) or path (.pt), faster:FOLDER, or a service's address",
    )
    recogniser_processes: int = Field(2, ge=1)
    turns: Literal["auto", "words", "smart-turn"] = Field("auto", description="what tells that an answer is over")
    voice: str = Field("en", description="espeak-ng voice, command:LANGUAGES:COMMAND LINE, or a service's address")
    api_key: str = Field("", description="for recognition and speech by a service")
    words_per_minute: int = Field(160, ge=80, le=300)
    link_days: float = Field(7.0, description="an invitation lives this long")
    live_sessions: int = Field(8, ge=1, description="interviews held at once: places that are given and booked")
    code: bool = Field(default=True, description="a code sent to the candidate's address opens the link")


class Mail(BaseModel):
    smtp_host: str = Field("", description="empty: messages are written as .eml files into FOYER_HOME/outbox")
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_starttls: bool = True
    sender: str = "Foyer <no-reply@localhost>"


class Model(BaseModel):
    base_url: str = Field("", description="an OpenAI-compatible server; empty: none, and nothing needs one")
    name: str = ""
    api_key: str = ""
    tasks: str = Field(
        "",
        pattern=r"^(?:(?:probes|ratings)(?:,(?:probes|ratings))*)?$",
        description="what it may do: probes (word follow-ups), ratings (a second opinion), or both with a comma",
    )


class Settings(BaseSettings):
    """One object for the whole process; nothing imports it as a global."""

    model_config = SettingsConfigDict(env_prefix="FOYER_", env_nested_delimiter="__", extra="ignore")

    home: Path = Field(Path("var"), description="everything Foyer keeps")
    database_url: str = Field("", description="empty: sqlite file in home")
    files_url: str = Field("", description="where files are kept: a folder or an fsspec URL; empty: 'files' in home")
    queue_url: str = Field(
        "", description="DBOS's own database; empty: in Foyer's PostgreSQL, else a sqlite file in home"
    )
    organisation: str = Field(
        "My organisation", description="your name, as candidates read it; used at the first start"
    )
    base_url: str = Field("http://127.0.0.1:8000", description="how candidates and recruiters reach the service")
    host: str = "127.0.0.1"
    port: int = 8000
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    webhook_private: bool = Field(
        default=False, description="allow webhooks to private and loopback addresses (demo, own network)"
    )
    screening: Screening = Screening()
    voice: Voice = Voice()
    mail: Mail = Mail()
    model: Model = Model()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - theirs to name
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        files = NestedSecretsSettingsSource(file_secret_settings, secrets_dir=SECRETS, secrets_dir_missing="ok")
        return init_settings, env_settings, files

    @property
    def store_url(self) -> str:
        return self.database_url or f"sqlite:///{self.home.resolve() / 'foyer.db'}"

    @property
    def files_root(self) -> str:
        return self.files_url or str(self.home / "files")

    @property
    def dbos_url(self) -> str:
        """In PostgreSQL the workflow engine has a schema of its own (dbos) beside Foyer's tables."""
        if self.queue_url or self.database_url.startswith("postgres"):
            return self.queue_url or self.database_url
        return f"sqlite:///{self.home.resolve() / 'queue.db'}"
