package dev.cove.core.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import dev.cove.core.Export;
import dev.cove.core.HostKey;
import dev.cove.core.Identity;
import dev.cove.core.Ipv4;
import dev.cove.core.Labels;
import dev.cove.core.Name;
import dev.cove.core.Owner;
import dev.cove.core.Power;
import dev.cove.core.Role;
import dev.cove.core.Shape;
import dev.cove.core.Snapshot;
import dev.cove.core.Subnet;
import dev.cove.core.Vm;
import dev.cove.core.VmId;
import dev.cove.core.VmState;
import dev.cove.core.control.VmActor.Turn;
import dev.cove.testkit.FakeExports;
import dev.cove.testkit.FakeImages;
import dev.cove.testkit.FakeOutside;
import dev.cove.testkit.MemoryStore;
import dev.cove.testkit.ReferenceCodec;
import dev.cove.testkit.World;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/// One seed's history of a daemon: requests, turns, failures, deaths of machines, of the daemon and
/// of the host, in an order that the seed decides. Afterwards all trouble ends, everything comes to
/// rest, and what was acknowledged has to be what is there.
final class Simulation {
    private static final int MOMENTS = 60;
    private static final Duration INSTANT = Duration.ofMillis(1);
    private static final Templates.Settings TEMPLATES =
            new Templates.Settings(
                    true, 1, dev.cove.core.Bytes.gibibytes(1), dev.cove.core.Bytes.gibibytes(1));
    private static final Caller ROOT = new Caller(new Owner("root"), true);
    private static final Identity SOMEBODY =
            new Identity("0".repeat(32), HostKey.random(new SecureRandom()));

    private final Random random;
    private final World world = new World();
    private final ReferenceCodec codec = new ReferenceCodec();
    private final FakeImages images = new FakeImages();
    private final Map<VmId, Power> acknowledged = new HashMap<>();
    private final Set<VmId> inDoubt = new HashSet<>();
    private final int atOnce;
    private long ticks;
    private MemoryStore store = new MemoryStore();
    private Control control;
    private Crowd crowd;
    private Keeper keeper;
    private Vms vms;
    private int boots;

    Simulation(long seed) {
        random = new Random(seed);
        atOnce = 1 + random.nextInt(3);
        world.trouble(this::maybe);
        begin();
    }

    /// Runs the history, and then holds the world against what was acknowledged.
    void run() {
        for (var moment = 0; moment < MOMENTS; moment++) {
            unlessItDies(this::somethingHappens);
        }
        world.trouble((act, done) -> crowd.note(act, done));
        restart();
        comeToRest();
        check();
        nothingDiesInARestart();
        sleepsAndWakesAsTheSame();
    }

    private void somethingHappens() {
        ticks += Duration.ofMillis(random.nextInt(4000)).toNanos();
        var what = random.nextInt(100);
        if (what < 25) {
            request();
        } else if (what < 88) {
            oneTurn();
        } else if (what < 90) {
            tend();
        } else if (what < 94) {
            anyMachine().ifPresent(world::die);
        } else if (what < 97) {
            anyMachine().ifPresent(world::powerOff);
        } else if (what < 98) {
            tend();
        } else if (what < 99) {
            restart();
        } else {
            boots++;
            world.reboot();
            restart();
        }
    }

    private void tend() {
        try {
            control.templates().tend();
        } catch (CoveException e) {
            // What did not work now is tried again later.
            assertThat(e.kind()).isIn(CoveException.Kind.UNAVAILABLE, CoveException.Kind.CONFLICT);
        }
    }

    private void request() {
        var all = vms.list(ROOT);
        if (all.isEmpty() || (all.size() < 6 && random.nextInt(3) == 0)) {
            create();
            return;
        }
        var vm = all.get(random.nextInt(all.size()));
        var doubtful = !inDoubt.add(vm.id());
        try {
            var power =
                    switch (random.nextInt(9)) {
                        case 0 -> vms.start(ROOT, vm.id().text(), random.nextInt(4) == 0);
                        case 1 -> vms.stop(ROOT, vm.id().text(), INSTANT);
                        case 2 -> vms.restart(ROOT, vm.id().text(), Duration.ZERO);
                        case 3 -> vms.rename(ROOT, vm.id().text(), someName());
                        case 4, 5 -> vms.sleep(ROOT, vm.id().text());
                        case 6 -> resize(vm);
                        case 7 -> exported(vm);
                        default -> vms.destroy(ROOT, vm.id().text());
                    };
            acknowledged.put(vm.id(), power.spec().power());
            inDoubt.remove(vm.id());
        } catch (CoveException e) {
            // Refused, so nothing was promised; but a request that dies in the store may have been
            // written, and stays in doubt.
            var refused =
                    e.kind() == CoveException.Kind.CONFLICT
                            || e.kind() == CoveException.Kind.INVALID;
            if (refused && !doubtful) {
                inDoubt.remove(vm.id());
            }
        }
    }

    /// By a restart if it runs: nobody takes turns while a machine is asked to grow.
    private Vm resize(Vm vm) {
        var shape = vm.spec().shape();
        var wish =
                new Resizing.Wish(
                        Optional.of(shape.cpus() == 1 ? 2 : 1),
                        Optional.empty(),
                        Optional.of(dev.cove.core.Bytes.gibibytes(1 + random.nextInt(4))),
                        true);
        try {
            return control.resizing().resize(ROOT, vm.id().text(), wish).vm();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void create() {
        var usual = NewVm.usual();
        var wanted =
                new NewVm(
                        random.nextBoolean() ? Optional.of(someName()) : Optional.empty(),
                        usual.image(),
                        usual.cpus(),
                        usual.memory(),
                        usual.disk(),
                        usual.vmm(),
                        usual.keys(),
                        usual.labels(),
                        random.nextInt(5) > 0,
                        random.nextInt(3) == 0,
                        Optional.empty());
        try {
            var vm = random.nextInt(4) == 0 ? taken() : vms.create(ROOT, wanted);
            acknowledged.put(vm.id(), vm.spec().power());
        } catch (CoveException e) {
            assertThat(e.kind()).isIn(CoveException.Kind.CONFLICT, CoveException.Kind.UNAVAILABLE);
        }
    }

    private Vm taken() {
        var moment = new Snapshot.Moment("fake", "fake 1.0", true, INSTANT, 0, Optional.empty());
        var memory = random.nextBoolean();
        var export =
                new Export(
                        someName(),
                        images.list().getFirst().ref(),
                        new Shape(
                                1,
                                dev.cove.core.Bytes.mebibytes(512),
                                images.list().getFirst().size()),
                        Optional.empty(),
                        List.of(),
                        Labels.NONE,
                        Optional.empty(),
                        memory ? Optional.of(moment) : Optional.empty(),
                        Instant.EPOCH);
        var file = FakeExports.file(export, memory ? "" + (1_000_000 + random.nextInt(1000)) : "");
        var wish =
                new Importing.Wish(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        random.nextInt(4) == 0);
        try {
            return control.importing()
                    .take(ROOT, new ByteArrayInputStream(file.getBytes(UTF_8)), wish);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Of one that has no machine: nobody takes turns while one is saved.
    private Vm exported(Vm vm) {
        if (vm.state() == VmState.RUNNING) {
            return vm;
        }
        try (var parcel = control.exporting().take(ROOT, vm.id().text(), random.nextBoolean())) {
            parcel.writeTo(OutputStream.nullOutputStream());
            return vm;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Name someName() {
        return new Name("n" + random.nextInt(8));
    }

    private void oneTurn() {
        var lives = keeper.lives();
        if (!lives.isEmpty()) {
            turn(lives.get(random.nextInt(lives.size())));
        }
    }

    private Turn turn(Live live) {
        crowd.turnBegins();
        Turn turn;
        try {
            turn = keeper.turn(live);
        } catch (InterruptedException e) {
            turn = new Turn.Moved();
        }
        crowd.turnEnds(live.actor().id(), turn);
        return turn;
    }

    private Optional<VmId> anyMachine() {
        var ids = List.copyOf(world.pids().keySet());
        return ids.isEmpty() ? Optional.empty() : Optional.of(ids.get(random.nextInt(ids.size())));
    }

    /// Before and after every act: the daemon may die, or a machine, or the act may fail.
    private void maybe(String act, boolean done) {
        crowd.note(act, done);
        var what = random.nextInt(200);
        if (what < 3) {
            throw new World.Crash(act + (done ? ", done" : ", not done"));
        }
        if (what < 8 && !done) {
            throw CoveException.unavailable(act + " failed");
        }
        if (what == 8) {
            anyMachine().ifPresent(world::die);
        }
    }

    private void unlessItDies(Runnable work) {
        try {
            if (random.nextInt(40) == 0) {
                store.crashAtCommit(
                        1,
                        random.nextBoolean()
                                ? MemoryStore.Moment.BEFORE_WRITE
                                : MemoryStore.Moment.AFTER_WRITE);
            }
            work.run();
        } catch (World.Crash | MemoryStore.Crash e) {
            restart();
        }
    }

    private void restart() {
        while (true) {
            try {
                store = store.reopened();
                begin();
                return;
            } catch (World.Crash | MemoryStore.Crash | CoveException e) {
                // A daemon that dies or gives up while it starts is started again.
            }
        }
    }

    private void begin() {
        var time = new Time(() -> Instant.EPOCH.plusSeconds(1), () -> ticks);
        var subnet = Subnet.parse("10.100.0.1/16");
        var outside = FakeOutside.in(world, images, subnet);
        var image = images.list().getFirst();
        var usual =
                new Usual(
                        image.name(),
                        new Shape(1, dev.cove.core.Bytes.mebibytes(512), image.size()),
                        INSTANT,
                        1000);
        control =
                Control.on(
                        new Control.Ground(
                                outside,
                                store,
                                codec,
                                Ipv4.parse("10.100.0.10"),
                                usual,
                                atOnce,
                                TEMPLATES,
                                time,
                                random,
                                () -> SOMEBODY,
                                new Owner("cove")),
                        (l, t) -> {});
        crowd = new Crowd(atOnce, world, control.book(), () -> ticks);
        keeper = control.keeper();
        vms = control.vms();
        if (store.get("host/boot").isEmpty()) {
            // The first daemon of a data folder starts before anything can go wrong with a VM.
            var trouble = world;
            trouble.trouble(World.Trouble.NONE);
            keeper.start("boot-" + boots);
            trouble.trouble(this::maybe);
        } else {
            keeper.start("boot-" + boots);
        }
    }

    private void comeToRest() {
        for (var i = 0; i < 2000; i++) {
            var moving = control.templates().tend();
            ticks += Duration.ofMillis(100).toNanos();
            for (var live : keeper.lives()) {
                moving |= !(turn(live) instanceof Turn.Settled);
                checkList();
            }
            if (!moving) {
                return;
            }
        }
        throw new AssertionError(
                "it never comes to rest: "
                        + vms.list(ROOT).stream().filter(v -> !v.atRest()).toList());
    }

    private void check() {
        var all = control.book().all();
        acknowledged.forEach((id, power) -> checkPromise(id, power, all));
        var ids = new HashSet<VmId>();
        all.forEach(vm -> ids.add(vm.id()));
        assertThat(ids).as("processes").containsAll(world.pids().keySet());
        assertThat(ids).as("taps").containsAll(world.taps());
        assertThat(ids).as("disks").containsAll(world.disks());
        assertThat(ids).as("folders").containsAll(world.folders());
        assertThat(world.drafts()).as("half snapshots").isEmpty();
        control.passing().tidy();
        assertThat(world.snapshots())
                .as("snapshots that nobody needs")
                .extracting(Snapshot::kind)
                .doesNotContain(Snapshot.Kind.FORK, Snapshot.Kind.IMPORT);
        assertThat(all).extracting(Vm::name).as("names").doesNotHaveDuplicates();
        assertThat(store.range("name/")).as("names").hasSameSizeAs(all);
        assertThat(store.range("address/"))
                .as("leases")
                .allMatch(e -> ids.contains(new VmId(e.document())));
        all.forEach(this::checkOne);
    }

    /// A list is kept until something changes: what it says has to be so all the same.
    private void checkList() {
        var listed = vms.list(ROOT);
        assertThat(listed)
                .isEqualTo(listed.stream().map(vm -> vms.find(ROOT, vm.id().text())).toList());
        var hidden =
                control.book().all().stream().filter(vm -> vm.spec().role() != Role.GUEST).count();
        assertThat(listed.size() + hidden).as("listed").isEqualTo(store.range("spec/").size());
    }

    private void checkPromise(VmId id, Power power, List<Vm> all) {
        var vm = all.stream().filter(v -> v.id().equals(id)).findFirst();
        if (!inDoubt.contains(id)) {
            assertThat(vm.isPresent())
                    .as("%s asked to be %s", id, power)
                    .isEqualTo(power != Power.GONE);
        }
    }

    /// A VM sleeps in one snapshot, and one that runs has none left of it.
    private void checkSleep(Vm vm) {
        var asleep =
                world.snapshots().stream()
                        .filter(s -> s.kind() == Snapshot.Kind.SLEEP)
                        .filter(s -> s.of().equals(Optional.of(vm.id())))
                        .count();
        switch (vm.state()) {
            case ASLEEP -> assertThat(asleep).as("%s sleeps in", vm).isEqualTo(1);
            case RUNNING -> assertThat(asleep).as("%s has slept in", vm).isZero();
            default -> assertThat(asleep).as("%s", vm).isLessThanOrEqualTo(1);
        }
    }

    private void sleepsAndWakesAsTheSame() {
        var minds = new HashMap<VmId, Long>();
        for (var vm : vms.list(ROOT)) {
            if (vm.state() == VmState.RUNNING) {
                minds.put(vm.id(), world.mind(vm.id()).orElseThrow());
                vms.sleep(ROOT, vm.id().text());
            }
        }
        restart();
        comeToRest();
        for (var id : minds.keySet()) {
            assertThat(vms.find(ROOT, id.text()).state()).isEqualTo(VmState.ASLEEP);
            assertThat(world.mind(id)).isEmpty();
            vms.start(ROOT, id.text());
        }
        comeToRest();
        minds.forEach((id, mind) -> assertThat(world.mind(id)).as("%s", id).contains(mind));
    }

    private void checkOne(Vm vm) {
        checkSleep(vm);
        assertThat(vm.atRest()).as("%s is at rest", vm).isTrue();
        var runs = vm.state() == VmState.RUNNING;
        assertThat(world.pids().containsKey(vm.id())).as("%s has a process", vm).isEqualTo(runs);
        assertThat(world.taps().contains(vm.id())).as("%s has a tap", vm).isEqualTo(runs);
        assertThat(world.plugged().contains(vm.id()))
                .as("%s is on the bridge", vm)
                .isEqualTo(runs && vm.spec().role() == Role.GUEST);
        if (runs) {
            assertThat(world.diskSizes().get(vm.id()))
                    .as("disk of %s", vm)
                    .isGreaterThanOrEqualTo(vm.spec().shape().disk());
            assertThat(vm.status().address()).as("%s has an address", vm).isPresent();
        }
    }

    private void nothingDiesInARestart() {
        var before = world.pids();
        restart();
        comeToRest();
        assertThat(world.pids()).as("the same processes after a restart").isEqualTo(before);
    }
}
