package dev.cove.api;

import dev.cove.core.Bytes;
import dev.cove.core.Caller;
import dev.cove.core.Finding;
import dev.cove.core.HostKey;
import dev.cove.core.Identity;
import dev.cove.core.Ipv4;
import dev.cove.core.Name;
import dev.cove.core.Owner;
import dev.cove.core.Shape;
import dev.cove.core.Subnet;
import dev.cove.core.Vm;
import dev.cove.core.control.Control;
import dev.cove.core.control.Events;
import dev.cove.core.control.Keeper;
import dev.cove.core.control.Templates;
import dev.cove.core.control.Time;
import dev.cove.core.control.Tokens;
import dev.cove.core.control.Usual;
import dev.cove.core.control.Vms;
import dev.cove.core.port.Images;
import dev.cove.core.port.Vmm;
import dev.cove.testkit.FakeImages;
import dev.cove.testkit.FakeOutside;
import dev.cove.testkit.FakeVmm;
import dev.cove.testkit.MemoryStore;
import dev.cove.testkit.ReferenceCodec;
import dev.cove.testkit.Wanted;
import dev.cove.testkit.World;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;

/// The API over real sockets, the real control behind it, and fakes behind that. Guests' addresses
/// are loopback's, so that their ports can be opened here.
final class Bench implements AutoCloseable {
    static final Caller ROOT = new Caller(new Owner("root"), true);
    private static final Identity SOMEBODY =
            new Identity("0".repeat(32), HostKey.random(new SecureRandom()));
    private static final int MOST_VMS = 1100;

    final World world = new World();
    final LocalShell shell = new LocalShell();
    final FakeImages images = new FakeImages();
    final Control control;
    final Events events;
    final Tokens tokens;
    final Vms vms;
    final Path folder;
    final Path socket;
    final String root;
    final String alice;
    final ApiServer server;
    private final Keeper keeper;

    Bench(Path folder) {
        this(folder, UnaryOperator.identity(), UnaryOperator.identity(), new FakeImages());
    }

    Bench(Path folder, UnaryOperator<Listen> listening, UnaryOperator<Vmm> vmm, Images imagesSeen) {
        this(folder, listening, vmm, imagesSeen, Duration.ofMillis(200));
    }

    Bench(
            Path folder,
            UnaryOperator<Listen> listening,
            UnaryOperator<Vmm> vmm,
            Images imagesSeen,
            Duration heartbeat) {
        this.folder = folder;
        this.socket = folder.resolve("cove.sock");
        var store = new MemoryStore();
        var codec = new ReferenceCodec();
        var subnet = Subnet.parse("127.100.0.1/16");
        var outside =
                FakeOutside.in(world, imagesSeen, subnet, shell, vmm.apply(new FakeVmm(world)));
        control =
                Control.on(
                        new Control.Ground(
                                outside,
                                store,
                                codec,
                                Ipv4.parse("127.100.0.10"),
                                new Usual(
                                        new Name("debian"),
                                        new Shape(1, Bytes.mebibytes(512), Bytes.gibibytes(4)),
                                        java.time.Duration.ofSeconds(10),
                                        MOST_VMS),
                                4,
                                Templates.Settings.OFF,
                                Time.REAL,
                                new Random(1),
                                () -> SOMEBODY,
                                ROOT.owner()));
        events = control.events();
        vms = control.vms();
        keeper = control.keeper();
        keeper.start("this boot");
        tokens = new Tokens(store, codec, new SecureRandom(), Time.REAL);
        root = tokens.create(ROOT, new Name("root"), ROOT.owner(), true).secret();
        alice = tokens.create(ROOT, new Name("alice"), new Owner("alice"), false).secret();
        var parts =
                new Parts(
                        control,
                        tokens,
                        imagesSeen,
                        shell,
                        outside.disks(),
                        folder.resolve("vms"),
                        _ -> 1000,
                        List.of(
                                () -> List.of(Finding.ok("kvm", "works")),
                                () -> {
                                    throw new IllegalStateException("an examiner that breaks");
                                }),
                        "1.2.3",
                        Time.REAL,
                        new Random(2));
        var listen =
                new Listen(
                        Optional.of(new Listen.Unix(socket, Optional.empty())),
                        Optional.of(new Listen.Tcp("127.0.0.1", 0, Optional.empty())),
                        List.of("cove.example"));
        server =
                new ApiServer(
                        parts,
                        listening.apply(listen),
                        new ApiServer.Pace(heartbeat, Duration.ofMillis(100)));
        server.start();
    }

    int port() {
        return server.port().orElseThrow();
    }

    /// Calls over TCP as root, alice, or nobody.
    Http http(String token) {
        return new Http(port(), token);
    }

    /// A VM that runs.
    Vm running(String name, Caller caller) throws InterruptedException {
        var vm = vms.create(caller, Wanted.named(name));
        return vms.awaitRest(vm.id(), Duration.ofSeconds(10)).orElseThrow();
    }

    @Override
    public void close() {
        server.close();
        keeper.close();
    }
}
