package dev.cove.guest;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// What a host asks an agent, taken apart as the guest would.
///
/// @param text of which the agent learns by the first call
record Question(String text, List<Call> calls) {
    private static final int LINE = "calls\n".length();
    private static final int CALL = 48;
    private static final int WRITE = 1;
    private static final int TOKEN = 8;
    private static final Set<Integer> LAST = Set.of(231, -1);

    /// @param pointed what the third argument points to, as far as there is anything
    record Call(long failure, int number, List<Long> arguments, ByteBuffer pointed) {}

    static Question from(ReadableByteChannel host) throws IOException {
        var line = read(host, LINE);
        if (!StandardCharsets.US_ASCII.decode(line).toString().equals("calls\n")) {
            throw new IOException("not a list of calls");
        }
        var length = (int) read(host, Long.BYTES).getLong();
        return of(read(host, length - Long.BYTES));
    }

    static Question of(ByteBuffer list) {
        var calls = new ArrayList<Call>();
        var text = "";
        while (calls.isEmpty() || !LAST.contains(calls.getLast().number)) {
            var failure = list.getLong();
            var number = (int) list.getLong();
            var arguments = List.of(list.getLong(), list.getLong(), list.getLong(), list.getLong());
            calls.add(new Call(failure, number, arguments, pointed(list, arguments)));
        }
        var first = calls.getFirst();
        if (first.number == WRITE) {
            var length = first.arguments.get(2).intValue();
            text = StandardCharsets.UTF_8.decode(first.pointed.slice(0, length)).toString();
        }
        return new Question(text, List.copyOf(calls));
    }

    /// The token that its answer has to have.
    String token() {
        if (!text.isEmpty()) {
            return text.substring("token=".length(), text.indexOf('\n'));
        }
        var written = calls.get(calls.size() - 2).pointed.slice(0, TOKEN);
        return StandardCharsets.ISO_8859_1.decode(written).toString();
    }

    /// What a guest answers, byte by byte, where nothing fails.
    String answer(Instant time) {
        if (!text.isEmpty()) {
            return token() + " " + ChronoUnit.NANOS.between(Instant.EPOCH, time) + "\n";
        }
        var timespec = new Struct(16).u64(time.getEpochSecond()).u64(time.getNano()).bytes();
        return token() + " \n" + new String(timespec, StandardCharsets.ISO_8859_1) + "\n";
    }

    List<Integer> numbers() {
        return calls.stream().map(Call::number).toList();
    }

    private static ByteBuffer pointed(ByteBuffer list, List<Long> arguments) {
        for (var argument : arguments) {
            var at = argument - CallsProgram.ROOM_AT - Long.BYTES;
            if (at >= CALL && at < list.limit()) {
                var rest = list.duplicate().position((int) at).slice();
                return rest.order(ByteOrder.LITTLE_ENDIAN);
            }
        }
        return ByteBuffer.allocate(0);
    }

    private static ByteBuffer read(ReadableByteChannel host, int count) throws IOException {
        var bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (host.read(bytes) < 0) {
                throw new EOFException();
            }
        }
        return bytes.flip();
    }
}
