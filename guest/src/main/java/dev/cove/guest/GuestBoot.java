package dev.cove.guest;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Image;
import dev.cove.core.Mac;
import dev.cove.core.VmSpec;
import dev.cove.core.port.Boot;
import dev.cove.core.port.BootFiles;
import dev.cove.core.port.Machine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Boots guests by Cove's initramfs: the image's own, with Cove's agent and the VM's identity
/// appended; and tells a guest that was copied who it is from now on.
public final class GuestBoot implements Boot {
    private static final String WORD = "up";
    private static final byte[] NUDGE = "up\n".getBytes(StandardCharsets.US_ASCII);
    private static final Logger LOG = LoggerFactory.getLogger(GuestBoot.class);
    private static final int SECTOR = 512;

    /// As much as the kernel's generator is fed with in one go, in bytes.
    private static final int SEED = 64;

    private static final Duration NUDGE_EVERY = Duration.ofSeconds(2);

    private final Users users;
    private final Resolvers resolvers;
    private final RandomGenerator random;
    private final GuestClock clock;

    /// @param users who may read a VM's initramfs, besides root
    public GuestBoot(Users users) {
        this(users, Resolvers.ofHost(), Clock.systemUTC(), new SecureRandom());
    }

    /// @param random of which guests are fed
    GuestBoot(Users users, Resolvers resolvers, InstantSource time, RandomGenerator random) {
        this.users = users;
        this.resolvers = resolvers;
        this.random = random;
        this.clock = new GuestClock(time, random);
    }

    /// The user id that a VM's VMM runs as.
    @FunctionalInterface
    public interface Users {
        int of(Person person);
    }

    /// @throws CoveException UNAVAILABLE when it cannot be written
    @Override
    public BootFiles prepare(VmSpec spec, Image image, Person person, Path folder) {
        var target = folder.resolve("initramfs");
        var grow = spec.shape().disk().compareTo(image.size()) > 0;
        var text =
                IdentityText.of(spec.name(), person, resolvers.now())
                        + IdentityText.ofBoot(person, grow);
        var archive = Agent.addTo(new Cpio()).file("cove/identity", 0600, text).end();
        try {
            Initramfs.write(image.initramfs(), archive, target, users.of(person));
        } catch (IOException e) {
            throw CoveException.unavailable(
                    target + " cannot be written: " + e.getMessage() + "; see: cove doctor", e);
        }
        return new BootFiles(image.kernel(), target, image.kernelArguments());
    }

    @Override
    public void awaitWord(Machine machine, Duration limit) throws InterruptedException {
        var deadline = System.nanoTime() + limit.toNanos();
        try (var channel = GuestTalk.open(machine, deadline)) {
            var word = new FutureTask<>(() -> hears(channel));
            Thread.ofVirtual().name("guest-word").start(word);
            if (!nudging(channel, word, deadline)) {
                throw CoveException.unavailable(
                        "the guest sent something else than \"up\"; its image may not be one of"
                                + " Cove's; what it printed: cove logs");
            }
        } catch (TimeoutException e) {
            throw CoveException.unavailable(
                    "the guest said nothing within "
                            + limit.toSeconds()
                            + " s; what it printed: cove logs",
                    e);
        } catch (ExecutionException | IOException e) {
            throw CoveException.unavailable(
                    "the guest's channel broke before its first word; what it printed: cove logs",
                    e);
        }
    }

    /// A guest that did not notice how one host left and the next one came says nothing until it is
    /// spoken to.
    private static boolean nudging(SocketChannel channel, Future<Boolean> word, long deadline)
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        while (true) {
            var left = deadline - System.nanoTime();
            try {
                return word.get(Math.min(left, NUDGE_EVERY.toNanos()), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                if (left <= NUDGE_EVERY.toNanos()) {
                    throw e;
                }
                channel.write(ByteBuffer.wrap(NUDGE));
            }
        }
    }

    /// Whether a line `up` comes before too much of anything else: a guest may send what it likes,
    /// for ever, and an answer to an earlier daemon may still be under way.
    private static boolean hears(SocketChannel channel) throws IOException {
        var lines = new GuestLines(channel);
        String line;
        do {
            line = lines.next();
        } while (line != null && !WORD.equals(line));
        return line != null;
    }

    @Override
    public void become(Machine machine, VmSpec spec, Person person, Mac mac, Duration limit)
            throws InterruptedException {
        var sectors = spec.shape().disk().count() / SECTOR;
        var text =
                IdentityText.of(spec.name(), person, resolvers.now())
                        + ("sectors=" + sectors + "\n")
                        + "become && answer || refuse \"$reason\"";
        var seed = new byte[SEED];
        random.nextBytes(seed);
        GuestTalk.with(
                machine,
                limit,
                random,
                talk -> {
                    var shown = talk.ask(text, calls -> describe(calls, seed, spec, person, mac));
                    return clock.isGood(shown) ? Duration.ZERO : clock.settle(talk);
                });
    }

    private Calls describe(Calls calls, byte[] seed, VmSpec spec, Person person, Mac mac) {
        var gateway = person.subnet().host();
        var key = person.identity().hostKey();
        var id = person.identity().machineId() + "\n";
        return calls.thaw()
                .setClock(clock.now())
                .addEntropy(seed)
                .setAddress(mac, person.address(), IdentityText.netmask(person), gateway)
                .setHostname(spec.name().text())
                .write("/etc/hostname", 0644, spec.name() + "\n")
                .write("/etc/machine-id", 0644, id)
                .write("/etc/ssh/ssh_host_ed25519_key.pub", 0644, key.publicKey() + "\n")
                .hand("/etc/ssh/ssh_host_ed25519_key", 0600, key.openSsh())
                .write("/etc/dropbear/dropbear_ed25519_host_key", 0600, IdentityText.dropbear(key));
    }

    @Override
    public void grow(Machine machine, Bytes disk, Duration limit) throws InterruptedException {
        var text =
                "sectors=%d\n".formatted(disk.count() / SECTOR)
                        + "{ [ \"$sectors\" -le \"$grown\" ] || grow; } && answer"
                        + " || refuse 'its file system did not grow'";
        GuestTalk.with(machine, limit, random, talk -> talk.ask(text, calls -> calls));
    }

    @Override
    public void greet(Machine machine, Duration limit) throws InterruptedException {
        GuestTalk.with(machine, limit, random, talk -> talk.ask("answer", calls -> calls));
    }

    @Override
    public boolean freeze(Machine machine, Duration limit) throws InterruptedException {
        try {
            GuestTalk.with(machine, limit, random, GuestBoot::freeze);
            return true;
        } catch (CoveException e) {
            LOG.info("a guest was not frozen: {}", e.sentence());
            return false;
        }
    }

    private static Instant freeze(GuestTalk talk) throws IOException {
        talk.ask("watch_freeze; answer", calls -> calls);
        try {
            return talk.tell(Calls::freeze);
        } catch (CoveException e) {
            talk.ask("end_watch; answer", Calls::thaw);
            throw e;
        }
    }

    @Override
    public void thaw(Machine machine, Duration limit) throws InterruptedException {
        GuestTalk.with(machine, limit, random, talk -> talk.ask("end_watch; answer", Calls::thaw));
    }

    @Override
    public void prepareTemplate(Machine machine, Duration limit) throws InterruptedException {
        GuestTalk.with(
                machine,
                limit,
                random,
                talk -> talk.ask("rest && answer || refuse", Calls::dropAddress));
    }

    @Override
    public void setClock(Machine machine) {
        clock.set(machine);
    }
}
