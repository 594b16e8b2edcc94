package dev.cove.bench;

import dev.cove.core.Bytes;
import dev.cove.core.Image;
import dev.cove.core.Mac;
import dev.cove.core.VmSpec;
import dev.cove.core.port.Boot;
import dev.cove.core.port.BootFiles;
import dev.cove.core.port.Machine;
import dev.cove.daemon.Carriers;
import dev.cove.daemon.Daemon;
import dev.cove.daemon.Machines;
import dev.cove.daemon.config.Configuration;
import dev.cove.daemon.config.Logging;
import dev.cove.testkit.FakeBoot;
import dev.cove.testkit.FakeShell;
import dev.cove.testkit.FakeVmm;
import dev.cove.testkit.World;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/// The daemon, with its API, store, disks, network and the files that guests boot from, all real.
/// Only its machines pretend: they are up at once, and a command has run in them.
final class MachinelessDaemon {
    private MachinelessDaemon() {}

    public static void main(String[] flags) throws InterruptedException {
        Carriers.provide();
        var settings = Configuration.load(List.of(flags), Map.of()).settings();
        Logging.start(settings.log());
        var daemon = Daemon.start(settings, "bench", _ -> machines());
        Runtime.getRuntime().addShutdownHook(new Thread(daemon::close));
        new CountDownLatch(1).await();
    }

    private static Machines machines() {
        var world = new World();
        return new Machines(
                List.of(new FakeVmm(world)),
                new ReadyAtOnce(Machines.realBoot(), new FakeBoot(world)),
                new FakeShell(world));
    }

    private record ReadyAtOnce(Boot real, Boot fake) implements Boot {
        @Override
        public BootFiles prepare(VmSpec spec, Image image, Person person, Path folder) {
            return real.prepare(spec, image, person, folder);
        }

        @Override
        public void awaitWord(Machine machine, Duration limit) throws InterruptedException {
            fake.awaitWord(machine, limit);
        }

        @Override
        public void prepareTemplate(Machine machine, Duration limit) throws InterruptedException {
            fake.prepareTemplate(machine, limit);
        }

        @Override
        public void become(Machine machine, VmSpec spec, Person person, Mac mac, Duration limit)
                throws InterruptedException {
            fake.become(machine, spec, person, mac, limit);
        }

        @Override
        public void greet(Machine machine, Duration limit) throws InterruptedException {
            fake.greet(machine, limit);
        }

        @Override
        public void grow(Machine machine, Bytes disk, Duration limit) throws InterruptedException {
            fake.grow(machine, disk, limit);
        }

        @Override
        public boolean freeze(Machine machine, Duration limit) throws InterruptedException {
            return fake.freeze(machine, limit);
        }

        @Override
        public void thaw(Machine machine, Duration limit) throws InterruptedException {
            fake.thaw(machine, limit);
        }

        @Override
        public void setClock(Machine machine) {
            fake.setClock(machine);
        }
    }
}
