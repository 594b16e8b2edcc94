package dev.cove.daemon;

import dev.cove.api.ApiServer;
import dev.cove.api.Listen;
import dev.cove.api.Parts;
import dev.cove.core.Bytes;
import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import dev.cove.core.Finding;
import dev.cove.core.HostKey;
import dev.cove.core.Identity;
import dev.cove.core.Owner;
import dev.cove.core.control.Control;
import dev.cove.core.control.Outside;
import dev.cove.core.control.Templates;
import dev.cove.core.control.Time;
import dev.cove.core.control.Tokens;
import dev.cove.core.control.Usual;
import dev.cove.core.port.Disks;
import dev.cove.core.port.Host;
import dev.cove.daemon.config.Settings;
import dev.cove.guest.BootKit;
import dev.cove.images.DiskPool;
import dev.cove.images.ExportFile;
import dev.cove.images.ImageStore;
import dev.cove.images.Mirrors;
import dev.cove.images.Pool;
import dev.cove.images.SnapshotPool;
import dev.cove.network.BridgeNetwork;
import dev.cove.network.NetworkSettings;
import dev.cove.network.Place;
import dev.cove.platform.Closer;
import dev.cove.store.JsonCodec;
import dev.cove.store.SqliteStore;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One daemon, from start to close. Closing leaves every VM running.
public final class Daemon implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);
    private static final int STANDBY_MEMORY_SHARE = 8;
    private static final int TEMPLATE_DISK_SHARE = 5;
    private static final int STARTING_FOR_EACH_CPU = 2;
    private static final int LEAST_STARTING = 4;
    private static final Owner OWNER = new Owner("cove");

    private final Closer parts;

    private Daemon(Closer parts) {
        this.parts = parts;
    }

    /// Puts the parts together, takes over what an earlier daemon left, and listens.
    ///
    /// @throws CoveException when something that is needed is missing or taken; nothing is left
    ///   open
    public static Daemon start(Settings settings, String version) throws InterruptedException {
        return start(settings, version, Machines::real);
    }

    /// Likewise, with machines of the caller's own.
    public static Daemon start(Settings settings, String version, Machines.Maker maker)
            throws InterruptedException {
        try (var parts = new Closer()) {
            assemble(settings, version, maker, parts);
            var daemon = new Daemon(parts.handOver());
            return daemon;
        }
    }

    @Override
    public void close() {
        parts.close();
    }

    private static void assemble(
            Settings settings, String version, Machines.Maker maker, Closer parts)
            throws InterruptedException {
        var data = settings.data();
        LinuxHost.makeFolder(data);
        var host = new LinuxHost(data.resolve("vms"));
        var store = parts.own(SqliteStore.open(data));
        var codec = new JsonCodec();
        var time = Time.REAL;
        var random = new SecureRandom();

        var pool = Pool.open(data, settings.poolSize());
        var boot = new BootKit();
        var images = new ImageStore(pool.images(), mirrors(settings), boot::assemble, time.wall());
        var disks = new DiskPool(pool, images::verify);
        var snapshots = new SnapshotPool(pool, disks, codec);
        var net = settings.network();
        parts.own(BridgeLock.take(BridgeLock.RUN, net.bridge()));
        var network =
                new BridgeNetwork(
                        new NetworkSettings(
                                net.bridge(), net.subnet(), net.closed(), net.allowed()),
                        Place.here());
        var machines = maker.of(settings);
        var shell = parts.own(machines.shell());
        var vmms = machines.vmms();
        var outside =
                new Outside(
                        host,
                        images,
                        disks,
                        snapshots,
                        new ExportFile(() -> disks.usage().free()),
                        network,
                        machines.boot(),
                        shell,
                        vmms);
        var defaults = settings.defaults();
        var control =
                Control.on(
                        new Control.Ground(
                                outside,
                                store,
                                codec,
                                net.first(),
                                new Usual(
                                        defaults.image(),
                                        defaults.shape(),
                                        defaults.grace(),
                                        settings.limits().vms()),
                                starting(settings, host),
                                templates(settings, host, disks),
                                Time.REAL,
                                random,
                                () -> somebody(random),
                                OWNER));
        var keeper = parts.own(control.keeper());
        var book = control.book();
        var tokens = new Tokens(store, codec, random, time);

        parts.own(EventLog.of(control.events(), new Caller(OWNER, true)));
        keeper.start(LinuxHost.bootId());
        if (book.damaged().isEmpty()) {
            // A damaged record may be of a VM that boots from any of them.
            images.prune(
                    book.all().stream()
                            .map(vm -> vm.spec().image().digest())
                            .collect(Collectors.toSet()));
        }
        parts.own(Upkeep.of(control));
        FirstToken.issue(tokens, data.resolve("token"));
        List<Supplier<List<Finding>>> examiners =
                List.of(
                        () -> vmms.stream().flatMap(v -> v.examine().stream()).toList(),
                        host::examine,
                        disks::examine,
                        snapshots::examine,
                        network::examine,
                        keeper::examine,
                        control.templates()::examine,
                        Programs::examine);
        var api =
                parts.own(
                        new ApiServer(
                                new Parts(
                                        control,
                                        tokens,
                                        images,
                                        shell,
                                        disks,
                                        data.resolve("vms"),
                                        Memory::residentOf,
                                        examiners,
                                        version,
                                        time,
                                        random),
                                listen(settings)));
        api.start();
        LOG.info("Cove {} listens on {}", version, settings.socket().path());
    }

    /// Where nothing is said, a VM stands by for each template on a machine that can spare the
    /// memory, and templates take up to a fifth of the pool.
    private static Templates.Settings templates(Settings settings, Host host, Disks disks) {
        var wanted = settings.templates();
        var memory =
                wanted.memory().orElse(new Bytes(host.memory().count() / STANDBY_MEMORY_SHARE));
        var standby = memory.compareTo(settings.defaults().shape().memory()) < 0 ? 0 : 1;
        return new Templates.Settings(
                wanted.make() == Settings.Templates.Make.AUTO,
                wanted.standby().orElse(standby),
                memory,
                wanted.disk()
                        .orElse(new Bytes(disks.usage().total().count() / TEMPLATE_DISK_SHARE)));
    }

    /// Where nothing is said, more than one guest for each processor, as none takes one all the
    /// time.
    private static int starting(Settings settings, Host host) {
        var fit = Math.max(LEAST_STARTING, STARTING_FOR_EACH_CPU * host.cpus());
        return settings.limits().starting().orElse(fit);
    }

    private static Mirrors mirrors(Settings settings) throws InterruptedException {
        var host = Mirrors.ofHost();
        return settings.mirror()
                .map(m -> new Mirrors(Optional.of(m), host.security(), host.proxies()))
                .orElse(host);
    }

    private static Listen listen(Settings settings) {
        var socket = settings.socket();
        var tls = settings.tls().map(t -> new Listen.Tls(t.cert(), t.key()));
        return new Listen(
                Optional.of(new Listen.Unix(socket.path(), socket.group(), socket.mode())),
                settings.listen().map(a -> new Listen.Tcp(a.host(), a.port(), tls)),
                List.of());
    }

    private static Identity somebody(SecureRandom random) {
        var machineId = new byte[16];
        random.nextBytes(machineId);
        return new Identity(HexFormat.of().formatHex(machineId), HostKey.random(random));
    }
}
