package dev.cove.guest;

import dev.cove.core.CoveException;
import dev.cove.core.Image;
import dev.cove.core.Mac;
import dev.cove.core.VmSpec;
import dev.cove.core.port.Boot;
import dev.cove.core.port.BootFiles;
import dev.cove.core.port.Machine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Boots guests by Cove's initramfs: the image's own, with the VM's identity appended.
public final class GuestBoot implements Boot {
    private static final String WORD = "up";
    private static final byte[] NUDGE = "up\n".getBytes(StandardCharsets.US_ASCII);
    private static final Duration NUDGE_EVERY = Duration.ofSeconds(2);

    private final Users users;
    private final Resolvers resolvers;
    private final GuestClock clock = new GuestClock(Clock.systemUTC());

    /// @param users who may read a VM's initramfs, besides root
    public GuestBoot(Users users) {
        this(users, Resolvers.ofHost());
    }

    GuestBoot(Users users, Resolvers resolvers) {
        this.users = users;
        this.resolvers = resolvers;
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
        var identity = IdentityFiles.archive(spec.name(), person, grow, resolvers.now());
        try {
            write(image.initramfs(), identity, target, users.of(person));
        } catch (IOException e) {
            throw CoveException.unavailable(
                    target + " cannot be written: " + e.getMessage() + "; see: cove doctor", e);
        }
        return new BootFiles(image.kernel(), target, image.kernelArguments());
    }

    /// Secret from its first byte on, and whole as soon as it has its name.
    private static void write(Path base, byte[] identity, Path target, int user)
            throws IOException {
        var half = target.resolveSibling("initramfs.half");
        Files.deleteIfExists(half);
        var options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        var secret = PosixFilePermissions.fromString("r--------");
        try (var out =
                        FileChannel.open(
                                half, options, PosixFilePermissions.asFileAttribute(secret));
                var in = FileChannel.open(base)) {
            for (long at = 0; at < in.size(); ) {
                at += in.transferTo(at, in.size() - at, out);
            }
            // The kernel wants each archive to begin at a multiple of four.
            out.write(ByteBuffer.allocate((int) (-in.size() & 3)));
            out.write(ByteBuffer.wrap(identity));
        }
        Files.setAttribute(half, "unix:uid", user);
        Files.move(half, target, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void awaitWord(Machine machine, Duration limit) throws InterruptedException {
        try (var channel = machine.openGuestChannel()) {
            var word = new FutureTask<>(() -> hears(channel));
            Thread.ofVirtual().name("guest-word").start(word);
            if (!nudging(channel, word, limit)) {
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
    private static boolean nudging(SocketChannel channel, Future<Boolean> word, Duration limit)
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        var deadline = System.nanoTime() + limit.toNanos();
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
        throw CoveException.unavailable("a guest cannot become another one yet");
    }

    @Override
    public boolean freeze(Machine machine, Duration limit) throws InterruptedException {
        return false;
    }

    @Override
    public void thaw(Machine machine, Duration limit) throws InterruptedException {
        throw CoveException.unavailable("a guest cannot be thawed yet");
    }

    @Override
    public void setClock(Machine machine) {
        clock.set(machine);
    }
}
