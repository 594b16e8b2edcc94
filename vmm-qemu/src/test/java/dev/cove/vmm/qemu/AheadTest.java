package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class AheadTest {
    private static final int MORE = 3_000_001;
    private final byte[] sent = new byte[Ahead.CHUNKS * Reserve.CHUNK + MORE];
    private final ByteArrayInputStream sender = new ByteArrayInputStream(sent);
    private final AtomicBoolean hurry = new AtomicBoolean();
    private final Reserve reserve = new Reserve(Ahead.CHUNKS + 1, 1, Duration.ofMinutes(1));
    private final ByteBuffer given = ByteBuffer.allocate(sent.length + 1);

    AheadTest() {
        new Random(4242).nextBytes(sent);
    }

    @Test
    void takesNoMoreThanIsWantedWhileNobodyIsInAHurry() throws Exception {
        try (var ahead = ahead()) {
            read(ahead, 100);

            assertThat(sender.available()).isEqualTo(sent.length - 100);
        }
    }

    @Test
    void takesAllThereIsRoomForWhileSomebodyIsInAHurry() throws Exception {
        hurry.set(true);
        try (var ahead = ahead()) {
            read(ahead, 100);

            assertThat(sender.available()).isEqualTo(MORE);
        }
    }

    @Test
    void givesOnWhatWasSentAndNothingElse() throws Exception {
        try (var ahead = ahead()) {
            read(ahead, 1000);
            hurry.set(true);
            read(ahead, 777_777);
            hurry.set(false);
            while (ahead.read(given) >= 0) {
                // until the end
            }
            assertThat(ahead.read(given)).isEqualTo(-1);
        }
        assertThat(given.flip()).isEqualTo(ByteBuffer.wrap(sent));
    }

    @Test
    void endsWhereTheSenderEndsInAHurry() throws Exception {
        sender.skip(sent.length - 10);
        hurry.set(true);
        try (var ahead = ahead()) {
            assertThat(ahead.read(given)).isEqualTo(10);
            assertThat(ahead.read(given)).isEqualTo(-1);
        }
    }

    @Test
    void leavesInTheReserveWhatItTook() throws Exception {
        hurry.set(true);
        for (var round = 0; round < 3; round++) {
            sender.reset();
            try (var ahead = ahead()) {
                assertThat(ahead.read(ByteBuffer.allocate(100))).isEqualTo(100);
            }
        }

        assertThat(reserve.size()).isEqualTo(Ahead.CHUNKS);
    }

    @Test
    void keepsTheSenderWaitingWhenTheReserveIsTaken() throws Exception {
        hurry.set(true);
        var other = new Reserve(2, 1, Duration.ofMinutes(1)).claim();
        var taken = other.take().orElseThrow();
        try (var ahead = new Ahead(Channels.newChannel(sender), hurry::get, other)) {
            read(ahead, 100);
            assertThat(sender.available()).isEqualTo(sent.length - Reserve.CHUNK);

            other.giveBack(taken);
            read(ahead, 100);
            assertThat(sender.available()).isEqualTo(sent.length - 2 * Reserve.CHUNK);
        }
    }

    private Ahead ahead() {
        return new Ahead(Channels.newChannel(sender), hurry::get, reserve.claim());
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
