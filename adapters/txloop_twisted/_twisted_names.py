"""The names of Twisted 26.10's modules; of its tests only the helpers that programs import.

They tell a module that txloop lacks from one that never was: only for the first does
installing Twisted help.  Recorded with ``pkgutil.walk_packages``
from a full install.
"""

from __future__ import annotations

TWISTED_VERSION = "26.10.0"

_RECORDED = """
    __main__
    _threads _threads._convenience _threads._ithreads _threads._memory _threads._pool _threads._team
        _threads._threadworker
    _version
    application application._client_service application.app application.internet application.reactors
        application.runner application.runner._exit application.runner._pidfile
        application.runner._runner application.service application.strports application.twist
        application.twist._options application.twist._twist
    conch conch.avatar conch.checkers conch.client conch.client.agent conch.client.connect
        conch.client.default conch.client.direct conch.client.knownhosts conch.client.options
        conch.endpoints conch.error conch.insults conch.insults.helper conch.insults.insults
        conch.insults.text conch.insults.window conch.interfaces conch.ls conch.manhole conch.manhole_ssh
        conch.manhole_tap conch.mixin conch.openssh_compat conch.openssh_compat.factory
        conch.openssh_compat.primes conch.recvline conch.scripts conch.scripts.cftp conch.scripts.ckeygen
        conch.scripts.conch conch.scripts.tkconch conch.ssh conch.ssh._kex conch.ssh.address
        conch.ssh.agent conch.ssh.channel conch.ssh.common conch.ssh.connection conch.ssh.factory
        conch.ssh.filetransfer conch.ssh.forwarding conch.ssh.keys conch.ssh.service conch.ssh.session
        conch.ssh.sexpy conch.ssh.transport conch.ssh.userauth conch.stdio conch.tap conch.telnet
        conch.ttymodes conch.ui conch.ui.ansi conch.ui.tkvt100 conch.unix
    copyright
    cred cred._digest cred.checkers cred.credentials cred.error cred.portal cred.strcred
    enterprise enterprise.adbapi
    internet internet._baseprocess internet._deprecate internet._dumbwin32proc internet._glibbase
        internet._idna internet._multicast internet._newtls internet._pollingfile
        internet._posixserialport internet._posixstdio internet._producer_helpers internet._resolver
        internet._service_identity internet._signals internet._sslverify internet._threadedselect
        internet._win32serialport internet._win32stdio internet.abstract internet.address
        internet.asyncioreactor internet.base internet.cfreactor internet.default internet.defer
        internet.endpoints internet.epollreactor internet.error internet.fdesc internet.gireactor
        internet.glib2reactor internet.gtk2reactor internet.gtk3reactor internet.inotify
        internet.interfaces internet.iocpreactor internet.kqreactor internet.main internet.pollreactor
        internet.posixbase internet.process internet.protocol internet.pyuisupport internet.reactor
        internet.selectreactor internet.serialport internet.ssl internet.stdio internet.task internet.tcp
        internet.testing internet.threads internet.tksupport internet.udp internet.unix internet.utils
        internet.win32eventreactor internet.wxreactor internet.wxsupport
    logger logger._buffer logger._capture logger._file logger._filter logger._flatten logger._format
        logger._global logger._interfaces logger._io logger._json logger._legacy logger._levels
        logger._logger logger._observer logger._stdlib logger._util
    mail mail._cred mail._except mail._pop3client mail.alias mail.bounce mail.imap4 mail.interfaces
        mail.mail mail.maildir mail.pb mail.pop3 mail.pop3client mail.protocols mail.relay
        mail.relaymanager mail.scripts mail.scripts.mailmail mail.smtp mail.tap
    names names._rfc1982 names.authority names.cache names.client names.common names.dns names.error
        names.hosts names.resolve names.root names.secondary names.server names.srvconnect names.tap
    pair pair.ethernet pair.ip pair.raw pair.rawudp pair.testing pair.tuntap
    persisted persisted._token persisted._tokenize persisted.aot persisted.crefutil persisted.dirdbm
        persisted.sob persisted.styles
    plugin
    plugins plugins.cred_anonymous plugins.cred_file plugins.cred_memory plugins.cred_sshkeys
        plugins.cred_unix plugins.twisted_conch plugins.twisted_core plugins.twisted_ftp
        plugins.twisted_inet plugins.twisted_mail plugins.twisted_names plugins.twisted_portforward
        plugins.twisted_reactors plugins.twisted_runner plugins.twisted_socks plugins.twisted_trial
        plugins.twisted_web plugins.twisted_words
    positioning positioning._sentence positioning.base positioning.ipositioning positioning.nmea
    protocols protocols._sni protocols._tls_legacy protocols.amp protocols.basic protocols.finger
        protocols.ftp protocols.haproxy protocols.haproxy._exceptions protocols.haproxy._info
        protocols.haproxy._interfaces protocols.haproxy._parser protocols.haproxy._v1parser
        protocols.haproxy._v2parser protocols.haproxy._wrapper protocols.htb protocols.ident
        protocols.loopback protocols.memcache protocols.pcp protocols.policies protocols.portforward
        protocols.postfix protocols.shoutcast protocols.sip protocols.socks protocols.stateful
        protocols.tls protocols.wire
    python python._appdirs python._inotify python._release python._shellcomp python._textattributes
        python._tzhelper python._url python.compat python.components python.context python.deprecate
        python.failure python.fakepwd python.filepath python.formmethod python.htmlizer python.lockfile
        python.log python.logfile python.modules python.monkey python.procutils python.randbytes
        python.rebuild python.reflect python.release python.roots python.runtime python.sendmsg
        python.shortcut python.syslog python.systemd python.text python.threadable python.threadpool
        python.url python.urlpath python.usage python.util python.versions python.win32 python.zippath
        python.zipstream
    runner runner.inetd runner.inetdconf runner.inetdtap runner.procmon runner.procmontap
    scripts scripts._twistd_unix scripts._twistw scripts.htmlizer scripts.trial scripts.twistd
    spread spread.banana spread.flavors spread.interfaces spread.jelly spread.pb spread.publish
        spread.util
    test test.iosim test.proto_helpers test.ssl_helpers
    tap tap.ftp tap.portforward tap.socks
    trial trial.__main__ trial._asyncrunner trial._asynctest trial._dist trial._dist.distreporter
        trial._dist.disttrial trial._dist.functional trial._dist.managercommands trial._dist.options
        trial._dist.stream trial._dist.worker trial._dist.workercommands trial._dist.workerreporter
        trial._dist.workertrial trial._synctest trial.itrial trial.reporter trial.runner trial.unittest
        trial.util
    web web._abnf web._auth web._auth.basic web._auth.digest web._auth.wrapper web._element web._flatten
        web._http2 web._newclient web._responses web._stan web._template_util web._websocket_impl
        web.client web.demo web.distrib web.domhelpers web.error web.guard web.html web.http
        web.http_headers web.iweb web.microdom web.pages web.proxy web.resource web.rewrite web.script
        web.server web.static web.sux web.tap web.template web.twcgi web.util web.vhost web.websocket
        web.wsgi web.xmlrpc
    words words.ewords words.im words.im.baseaccount words.im.basechat words.im.basesupport
        words.im.interfaces words.im.ircsupport words.im.locals words.im.pbsupport words.iwords
        words.protocols words.protocols.irc words.protocols.jabber words.protocols.jabber.client
        words.protocols.jabber.component words.protocols.jabber.error words.protocols.jabber.ijabber
        words.protocols.jabber.jid words.protocols.jabber.jstrports words.protocols.jabber.sasl
        words.protocols.jabber.sasl_mechanisms words.protocols.jabber.xmlstream
        words.protocols.jabber.xmpp_stringprep words.service words.tap words.xish words.xish.domish
        words.xish.utility words.xish.xmlstream words.xish.xpath words.xish.xpathparser
        words.xmpproutertap
"""

# Dropped by Twisted, still imported by programs, and easy to provide: ours, whatever is installed.
REVIVED = frozenset({"twisted.python.constants"})

TWISTED_MODULES = frozenset(f"twisted.{name}" for name in _RECORDED.split()) | {"twisted"}
