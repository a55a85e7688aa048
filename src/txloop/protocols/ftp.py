"""FTP (RFC 959), both sides.

    client = await ClientCreator(reactor, FTPClient, "ann", "secret").connectTCP("ftp.example", 21)
    await client.retrieveFile("notes.txt", MyProtocol())      MyProtocol gets its bytes
    consumer, done = client.storeFile("new.txt")              … sends them

    portal = Portal(FTPRealm("/srv/public"), [AllowAnonymousAccess(), …])
    reactor.listenTCP(21, FTPFactory(portal))                 … serves files

    _ftp/client.py   FTPClientBasic: a queue of commands;  FTPClient: transfers over PASV or PORT
    _ftp/data.py     what runs on the client's data connections;  _ftp/errors.py: what goes wrong there
    _ftp/server.py   FTP: commands and their answers, whose texts are in _ftp/replies.py
    _ftp/dtp.py      the server's data connections;  _ftp/paths.py, _ftp/shell.py: files
    _ftp/factory.py  FTPFactory, and realms that know the users' folders
    _ftp/texts.py    addresses, names, listings

Source: methods, results, errors and order as of Twisted 26.10's twisted.protocols.ftp, by running it.
"""

from __future__ import annotations

from typing import Any

from txloop._public import publish
from txloop.protocols._ftp import client as _client
from txloop.protocols._ftp import data as _data
from txloop.protocols._ftp import paths as _paths
from txloop.protocols._ftp import shell as _shell
from txloop.protocols._ftp.client import (
    FTPClient,
    FTPClientBasic,
    FTPCommand,
)
from txloop.protocols._ftp.data import (
    FTPDataPortFactory,
    IFinishableConsumer,
    ProtocolWrapper,
    SenderProtocol,
)
from txloop.protocols._ftp.dtp import (
    DTP,
    ASCIIConsumerWrapper,
    DTPFactory,
)
from txloop.protocols._ftp.errors import (
    BadResponse,
    CommandFailed,
    ConnectionLost,
    FTPError,
    PortConnectionError,
    UnexpectedData,
    UnexpectedResponse,
)
from txloop.protocols._ftp.factory import (
    BaseFTPRealm,
    FTPFactory,
    FTPOverflowProtocol,
    FTPRealm,
    SystemFTPRealm,
)
from txloop.protocols._ftp.paths import (
    InvalidPath,
    errnoToFailure,
    toSegments,
)
from txloop.protocols._ftp.replies import (
    ANON_USER_DENIED,
    AUTH_FAILURE,
    BAD_CMD_SEQ,
    CANT_OPEN_DATA_CNX,
    CLOSING_DATA_CNX,
    CMD_NOT_IMPLMNTD,
    CMD_NOT_IMPLMNTD_FOR_PARAM,
    CMD_NOT_IMPLMNTD_SUPERFLUOUS,
    CMD_OK,
    CNX_CLOSED_TXFR_ABORTED,
    DATA_CNX_ALREADY_OPEN_START_XFR,
    DATA_CNX_OPEN_NO_XFR_IN_PROGRESS,
    DIR_STATUS,
    ENTERING_EPSV_MODE,
    ENTERING_PASV_MODE,
    ENTERING_PORT_MODE,
    EPSV_ALL_OK,
    EXCEEDED_STORAGE_ALLOC,
    FEAT_OK,
    FILE_EXISTS,
    FILE_NOT_FOUND,
    FILE_STATUS,
    FILE_STATUS_OK_OPEN_DATA_CNX,
    FILENAME_NOT_ALLOWED,
    GOODBYE_MSG,
    GUEST_LOGGED_IN_PROCEED,
    GUEST_NAME_OK_NEED_EMAIL,
    HELP_MSG,
    IS_A_DIR,
    IS_NOT_A_DIR,
    MKD_REPLY,
    NAME_SYS_TYPE,
    NEED_ACCT_FOR_LOGIN,
    NEED_ACCT_FOR_STOR,
    NOT_LOGGED_IN,
    OPTS_NOT_IMPLEMENTED,
    PAGE_TYPE_UNK,
    PASV_IPV6_NOT_IMPLEMENTED,
    PERMISSION_DENIED,
    PWD_REPLY,
    REQ_ACTN_ABRTD_FILE_UNAVAIL,
    REQ_ACTN_ABRTD_INSUFF_STORAGE,
    REQ_ACTN_ABRTD_LOCAL_ERR,
    REQ_ACTN_NOT_TAKEN,
    REQ_FILE_ACTN_COMPLETED_OK,
    REQ_FILE_ACTN_PENDING_FURTHER_INFO,
    RESPONSE,
    RESTART_MARKER_REPLY,
    SERVICE_READY_IN_N_MINUTES,
    SVC_CLOSING_CTRL_CNX,
    SVC_NOT_AVAIL_CLOSING_CTRL_CNX,
    SVC_READY_FOR_NEW_USER,
    SYNTAX_ERR,
    SYNTAX_ERR_IN_ARGS,
    SYS_STATUS_OR_HELP_REPLY,
    TOO_MANY_CONNECTIONS,
    TXFR_COMPLETE_OK,
    TYPE_SET_OK,
    UNSUPPORTED_NETWORK_PROTOCOL,
    USR_LOGGED_IN_PROCEED,
    USR_NAME_OK_NEED_PASS,
    WELCOME_MSG,
    AnonUserDeniedError,
    AuthorizationError,
    BadCmdSequenceError,
    CmdArgSyntaxError,
    CmdNotImplementedError,
    CmdNotImplementedForArgError,
    CmdSyntaxError,
    FileExistsError,
    FileNotFoundError,
    FTPCmdError,
    IsADirectoryError,
    IsNotADirectoryError,
    PASVIPv6NotImplementedError,
    PermissionDeniedError,
    UnsupportedNetworkProtocolError,
)
from txloop.protocols._ftp.server import (
    FTP,
)
from txloop.protocols._ftp.shell import (
    FileConsumer,
    FTPAnonymousShell,
    FTPShell,
    IFTPShell,
    IReadFile,
    IWriteFile,
)
from txloop.protocols._ftp.texts import (
    FTPFileListProtocol,
    decodeExtendedAddress,
    decodeHostPort,
    encodeHostPort,
    parsePWDResponse,
)
from txloop.python import log


def debugDeferred(self: Any, *_: Any) -> None:
    """Log what a Deferred has come to; a callback for a hard hour."""
    log.msg(f"debugDeferred(): {_}", debug=True)


# Twisted's private names that tests and servers use.
_isGlobbingExpression = _paths._isGlobbingExpression
_FileReader, _FileWriter = _shell._FileReader, _shell._FileWriter
_unwrapFirstError = _client._unwrapFirstError
_PassiveConnectionFactory = _data._PassiveConnectionFactory

__all__ = [
    "ANON_USER_DENIED",
    "AUTH_FAILURE",
    "BAD_CMD_SEQ",
    "CANT_OPEN_DATA_CNX",
    "CLOSING_DATA_CNX",
    "CMD_NOT_IMPLMNTD",
    "CMD_NOT_IMPLMNTD_FOR_PARAM",
    "CMD_NOT_IMPLMNTD_SUPERFLUOUS",
    "CMD_OK",
    "CNX_CLOSED_TXFR_ABORTED",
    "DATA_CNX_ALREADY_OPEN_START_XFR",
    "DATA_CNX_OPEN_NO_XFR_IN_PROGRESS",
    "DIR_STATUS",
    "DTP",
    "ENTERING_EPSV_MODE",
    "ENTERING_PASV_MODE",
    "ENTERING_PORT_MODE",
    "EPSV_ALL_OK",
    "EXCEEDED_STORAGE_ALLOC",
    "FEAT_OK",
    "FILENAME_NOT_ALLOWED",
    "FILE_EXISTS",
    "FILE_NOT_FOUND",
    "FILE_STATUS",
    "FILE_STATUS_OK_OPEN_DATA_CNX",
    "FTP",
    "GOODBYE_MSG",
    "GUEST_LOGGED_IN_PROCEED",
    "GUEST_NAME_OK_NEED_EMAIL",
    "HELP_MSG",
    "IS_A_DIR",
    "IS_NOT_A_DIR",
    "MKD_REPLY",
    "NAME_SYS_TYPE",
    "NEED_ACCT_FOR_LOGIN",
    "NEED_ACCT_FOR_STOR",
    "NOT_LOGGED_IN",
    "OPTS_NOT_IMPLEMENTED",
    "PAGE_TYPE_UNK",
    "PASV_IPV6_NOT_IMPLEMENTED",
    "PERMISSION_DENIED",
    "PWD_REPLY",
    "REQ_ACTN_ABRTD_FILE_UNAVAIL",
    "REQ_ACTN_ABRTD_INSUFF_STORAGE",
    "REQ_ACTN_ABRTD_LOCAL_ERR",
    "REQ_ACTN_NOT_TAKEN",
    "REQ_FILE_ACTN_COMPLETED_OK",
    "REQ_FILE_ACTN_PENDING_FURTHER_INFO",
    "RESPONSE",
    "RESTART_MARKER_REPLY",
    "SERVICE_READY_IN_N_MINUTES",
    "SVC_CLOSING_CTRL_CNX",
    "SVC_NOT_AVAIL_CLOSING_CTRL_CNX",
    "SVC_READY_FOR_NEW_USER",
    "SYNTAX_ERR",
    "SYNTAX_ERR_IN_ARGS",
    "SYS_STATUS_OR_HELP_REPLY",
    "TOO_MANY_CONNECTIONS",
    "TXFR_COMPLETE_OK",
    "TYPE_SET_OK",
    "UNSUPPORTED_NETWORK_PROTOCOL",
    "USR_LOGGED_IN_PROCEED",
    "USR_NAME_OK_NEED_PASS",
    "WELCOME_MSG",
    "ASCIIConsumerWrapper",
    "AnonUserDeniedError",
    "AuthorizationError",
    "BadCmdSequenceError",
    "BadResponse",
    "BaseFTPRealm",
    "CmdArgSyntaxError",
    "CmdNotImplementedError",
    "CmdNotImplementedForArgError",
    "CmdSyntaxError",
    "CommandFailed",
    "ConnectionLost",
    "DTPFactory",
    "FTPAnonymousShell",
    "FTPClient",
    "FTPClientBasic",
    "FTPCmdError",
    "FTPCommand",
    "FTPDataPortFactory",
    "FTPError",
    "FTPFactory",
    "FTPFileListProtocol",
    "FTPOverflowProtocol",
    "FTPRealm",
    "FTPShell",
    "FileConsumer",
    "FileExistsError",
    "FileNotFoundError",
    "IFTPShell",
    "IFinishableConsumer",
    "IReadFile",
    "IWriteFile",
    "InvalidPath",
    "IsADirectoryError",
    "IsNotADirectoryError",
    "PASVIPv6NotImplementedError",
    "PermissionDeniedError",
    "PortConnectionError",
    "ProtocolWrapper",
    "SenderProtocol",
    "SystemFTPRealm",
    "UnexpectedData",
    "UnexpectedResponse",
    "UnsupportedNetworkProtocolError",
    "debugDeferred",
    "decodeExtendedAddress",
    "decodeHostPort",
    "encodeHostPort",
    "errnoToFailure",
    "parsePWDResponse",
    "toSegments",
]

publish(__name__, [name for name in __all__ if not name.isupper() or name in {"FTP", "DTP"}])
