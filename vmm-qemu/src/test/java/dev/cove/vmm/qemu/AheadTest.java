package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.Pipe;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AheadTest {
    private static final int MORE = 3_000_001;
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final CompletableFuture<?> CALM = CompletableFuture.completedFuture(null);
    private final byte[] sent = new byte[Ahead.CHUNKS * Reserve.CHUNK + MORE];
    private final ByteArrayInputStream sender = new ByteArrayInputStream(sent);
    private final Reserve reserve = new Reserve(Ahead.CHUNKS + 1, 1, Duration.ofMinutes(1));
    private final ByteBuffer given = ByteBuffer.allocate(sent.length + 1);

    AheadTest() {
        new Random(4242).nextBytes(sent);
    }

    @Test
    void takesNoMoreThanIsWantedAsLongAsNothingIsLaidBy() throws Exception {
        try (var ahead = ahead()) {
            read(ahead, 100);

            assertThat(sender.available()).isEqualTo(sent.length - 100);
        }
    }

    @Test
    void takesAllThereIsRoomForThoughNobodyReads() throws Exception {
        try (var ahead = ahead()) {
            ahead.layBy(CALM);

            assertThat(sender.available()).isEqualTo(MORE);
        }
    }

    @Test
    void givesOnWhatWasSentAndNothingElse() throws Exception {
        try (var ahead = ahead()) {
            read(ahead, 1000);
            ahead.layBy(CALM);
            while (ahead.read(given) >= 0) {
                // until the end
            }
            assertThat(ahead.read(given)).isEqualTo(-1);
        }
        assertThat(given.flip()).isEqualTo(ByteBuffer.wrap(sent));
    }

    @Test
    void keepsTheOrderWhenSomebodyComesToBeInAHurryWhileItIsRead() throws Exception {
        sender.skip(sent.length - 2 * Reserve.CHUNK - MORE);
        for (var until = 0; until < MORE; until += MORE / 10) {
            sender.mark(0);
            given.clear();
            try (var ahead = ahead()) {
                read(ahead, until);
                Thread.ofPlatform().start(() -> ahead.layBy(CALM));
                while (ahead.read(given.limit(given.position() + 10_000)) >= 0) {
                    // little by little
                }
            }
            sender.reset();
            assertThat(given.flip()).isEqualTo(rest());
        }
    }

    @Test
    void tellsAReaderThatItIsClosed() throws Exception {
        var ahead = ahead();
        ahead.close();

        assertThatThrownBy(() -> ahead.read(given)).isInstanceOf(ClosedChannelException.class);
        ahead.layBy(CALM);
        assertThat(reserve.size()).isZero();
    }

    @Test
    void endsWhereTheSenderEnds() throws Exception {
        sender.skip(sent.length - Reserve.CHUNK - 10);
        try (var ahead = ahead()) {
            ahead.layBy(CALM);

            assertThat(ahead.read(given)).isEqualTo(Reserve.CHUNK);
            assertThat(ahead.read(given)).isEqualTo(10);
            assertThat(ahead.read(given)).isEqualTo(-1);
        }
    }

    @Test
    void givesNothingOnAfterTheEndAsLongAsTheHurryLasts() throws Exception {
        sender.skip(sent.length - 10);
        var calm = new CompletableFuture<Void>();
        try (var ahead = ahead()) {
            Thread.ofPlatform().start(() -> ahead.layBy(calm));
            await().atMost(LIMIT).until(() -> sender.available() == 0);
            var count = new FutureTask<>(() -> ahead.read(given));
            var reader = Thread.ofPlatform().start(count);
            await().atMost(LIMIT).until(() -> reader.getState() == Thread.State.WAITING);

            calm.complete(null);

            assertThat(count.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(10);
        }
    }

    @Test
    void givesOnInAHurryWhatThereIsNoRoomFor() throws Exception {
        try (var ahead = ahead()) {
            ahead.layBy(new CompletableFuture<>());

            read(ahead, sent.length);
        }
    }

    @Test
    void leavesInTheReserveWhatItTook() throws Exception {
        for (var round = 0; round < 3; round++) {
            sender.reset();
            try (var ahead = ahead()) {
                ahead.layBy(CALM);
                assertThat(ahead.read(ByteBuffer.allocate(100))).isEqualTo(100);
            }
        }

        assertThat(reserve.size()).isEqualTo(Ahead.CHUNKS);
    }

    @Test
    void keepsTheSenderWaitingWhenTheReserveIsTaken() throws Exception {
        var other = new Reserve(2, 1, Duration.ofMinutes(1)).claim();
        assertThat(other.take()).isPresent();
        try (var ahead = new Ahead(Channels.newChannel(sender), other)) {
            ahead.layBy(CALM);

            assertThat(sender.available()).isEqualTo(sent.length - Reserve.CHUNK);
            read(ahead, Reserve.CHUNK + 100);
            assertThat(sender.available()).isEqualTo(sent.length - Reserve.CHUNK - 100);
        }
    }

    @Test
    void tellsOfAFailureBehindWhatCameBefore() throws Exception {
        var broken = Channels.newChannel(new Breaking(new ByteArrayInputStream(new byte[10])));
        try (var ahead = new Ahead(broken, reserve.claim())) {
            ahead.layBy(CALM);

            assertThat(ahead.read(given)).isEqualTo(10);
            assertThatThrownBy(() -> ahead.read(given)).hasMessage("broken");
        }
    }

    @Test
    void letsAReaderGoThatIsInterruptedWhileTheSenderSaysNothing() throws Exception {
        var pipe = Pipe.open();
        try (var _ = pipe.sink();
                var ahead = new Ahead(pipe.source(), reserve.claim())) {
            Thread.ofPlatform().start(() -> ahead.layBy(CALM));
            await().atMost(LIMIT).until(() -> reserve.size() == 1);
            var count = new FutureTask<>(() -> ahead.read(given));

            Thread.ofPlatform().start(count).interrupt();

            assertThatThrownBy(() -> count.get(LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .hasCauseInstanceOf(ClosedByInterruptException.class);
        }
        assertThat(reserve.claim().take()).as("given back").isPresent();
        assertThat(reserve.size()).isEqualTo(1);
    }

    /// Fails once where the stream would end, and ends then.
    private static final class Breaking extends FilterInputStream {
        private boolean broken;

        private Breaking(InputStream in) {
            super(in);
        }

        @Override
        public int read(byte[] to, int at, int length) throws IOException {
            var count = super.read(to, at, length);
            if (count < 0 && !broken) {
                broken = true;
                throw new IOException("broken");
            }
            return count;
        }
    }

    private ByteBuffer rest() {
        return ByteBuffer.wrap(sent, sent.length - sender.available(), sender.available());
    }

    private Ahead ahead() {
        return new Ahead(Channels.newChannel(sender), reserve.claim());
    }

    private void read(Ahead ahead, int count) throws IOException {
        var until = given.position() + count;
        given.limit(until);
        while (given.position() < until) {
            assertThat(ahead.read(given)).isPositive();
        }
        given.limit(given.capacity());
    }
}
