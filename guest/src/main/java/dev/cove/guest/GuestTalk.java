package dev.cove.guest;

import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import dev.cove.core.port.Machine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/// One conversation with a guest's agent. A guest may say what it likes, for ever, so that
/// everything is bounded; and an answer to an earlier host may still be under way, so that each
/// question has a token, which its answer repeats.
final class GuestTalk {
    /// An agent that does not know a word says so.
    private static final String UNKNOWN = "unknown";

    private static final String FAILED = "failed ";
    private static final int MOST_REASON = 200;

    private final SocketChannel channel;
    private final GuestLines lines;
    private final RandomGenerator tokens;

    private GuestTalk(SocketChannel channel, RandomGenerator tokens) {
        this.channel = channel;
        this.lines = new GuestLines(channel);
        this.tokens = tokens;
    }

    /// What is said in it.
    interface Course<T> {
        T take(GuestTalk talk) throws IOException;
    }

    /// Talks, for so long at most.
    ///
    /// @throws CoveException UNAVAILABLE when the guest says nothing, rubbish, or that it cannot
    static <T> T with(Machine machine, Duration limit, RandomGenerator tokens, Course<T> course)
            throws InterruptedException {
        try (var channel = machine.openGuestChannel()) {
            var talk = new FutureTask<>(() -> course.take(new GuestTalk(channel, tokens)));
            Thread.ofVirtual().name("guest-talk").start(talk);
            return talk.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw CoveException.unavailable(
                    "the guest did not answer within %d ms; what it printed: cove logs"
                            .formatted(limit.toMillis()),
                    e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CoveException known) {
                throw known;
            }
            throw broken(e);
        } catch (IOException e) {
            throw broken(e);
        }
    }

    private static CoveException broken(Exception e) {
        return CoveException.unavailable(
                "the guest's channel broke; what it printed: cove logs", e);
    }

    /// Has the agent evaluate a text that ends in `answer`, after some calls.
    ///
    /// @return the guest's time when it answered
    Instant ask(String text, UnaryOperator<Calls> add) throws IOException {
        var token = token();
        var calls = add.apply(new Calls("token=" + token + "\n" + text));
        send(calls);
        return answer(token, calls, GuestTalk::instant);
    }

    /// Has only calls made, without the agent: no process ends or begins for that.
    ///
    /// @return the guest's time after them
    Instant tell(UnaryOperator<Calls> add) throws IOException {
        var token = token();
        var calls = add.apply(new Calls());
        send(calls.tellTime(token + " \n"));
        return answer(token, calls, _ -> timespec());
    }

    private String token() {
        return "%08x".formatted(tokens.nextInt());
    }

    private void send(Calls calls) throws IOException {
        var question = ByteBuffer.wrap(calls.end());
        while (question.hasRemaining()) {
            channel.write(question);
        }
    }

    private Instant answer(String token, Calls calls, Reading reading) throws IOException {
        while (true) {
            var line = lines.next();
            if (line == null) {
                throw CoveException.unavailable(
                        "the guest sends rubbish; its image may not be one of Cove's; what it"
                                + " printed: cove logs");
            }
            if (line.equals(UNKNOWN)) {
                throw CoveException.unavailable(
                        "the guest runs the agent of an earlier Cove, which cannot do this; boot it"
                                + " anew: cove restart");
            }
            if (line.startsWith(FAILED)) {
                var why = line.substring(FAILED.length()).replace("token=" + token, "").strip();
                if (!why.startsWith("token=")) {
                    throw CoveException.unavailable("the guest says: " + reason(why, calls));
                }
            }
            var time =
                    line.startsWith(token + " ")
                            ? reading.of(line.substring(token.length() + 1))
                            : none();
            if (time.isPresent()) {
                return time.get();
            }
        }
    }

    /// How an answer says what time it is.
    private interface Reading {
        Optional<Instant> of(String rest) throws IOException;
    }

    private Optional<Instant> timespec() throws IOException {
        var time = ByteBuffer.wrap(lines.bytes(16)).order(ByteOrder.LITTLE_ENDIAN);
        var seconds = time.getLong();
        var nanos = time.getLong();
        var sane = seconds >= 0 && seconds >>> 34 == 0 && nanos >= 0 && nanos < 1_000_000_000;
        return sane ? Optional.of(Instant.ofEpochSecond(seconds, nanos)) : none();
    }

    private static String reason(String why, Calls calls) {
        return why.matches("\\d{1,3}")
                ? calls.meaning(Integer.parseInt(why))
                : Printable.of(why, MOST_REASON);
    }

    private static Optional<Instant> instant(String digits) {
        return digits.matches("[1-8]?\\d{10,18}")
                ? Optional.of(Instant.EPOCH.plusNanos(Long.parseLong(digits)))
                : none();
    }

    private static Optional<Instant> none() {
        return Optional.empty();
    }
}
