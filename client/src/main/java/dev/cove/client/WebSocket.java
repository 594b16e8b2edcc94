package dev.cove.client;

import dev.cove.core.CoveException;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;

/// The client's side of a WebSocket (RFC 6455), without extensions: as much as Cove's own streams
/// need. One thread receives; any thread may send.
public final class WebSocket implements AutoCloseable {
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int MOST_MESSAGE = 4 << 20;
    private static final int CONTINUED = 0;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;

    private final Wire wire;
    private final DataInputStream in;
    private final RandomGenerator random;
    private final ReentrantLock sending = new ReentrantLock();
    private boolean closeSent;

    WebSocket(Wire wire, RandomGenerator random) {
        this.wire = wire;
        this.in = new DataInputStream(wire.in());
        this.random = random;
    }

    /// What the other side says.
    public sealed interface Message {
        record Text(String text) implements Message {}

        /// @param bytes the reader's to keep, backed by an array of just them
        record Binary(ByteBuffer bytes) implements Message {}

        /// The last one.
        ///
        /// @param code RFC 6455, 7.4; 1006 when the connection broke off
        record Closed(int code, String reason) implements Message {}
    }

    /// Opens one.
    ///
    /// @throws CoveException as the server's refusal says, or UNAVAILABLE
    static WebSocket open(Http http, String path, Duration limit, RandomGenerator random) {
        var wire = Wire.open(http.endpoint());
        var watchdog = new Watchdog(limit, wire);
        try (watchdog) {
            var key = new byte[16];
            random.nextBytes(key);
            var nonce = Base64.getEncoder().encodeToString(key);
            var head =
                    http.start("GET", path)
                            .append("Connection: Upgrade\r\nUpgrade: websocket\r\n")
                            .append("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ")
                            .append(nonce)
                            .append("\r\n\r\n");
            wire.out().write(head.toString().getBytes(StandardCharsets.US_ASCII));
            var answer = Framing.readHead(wire.in());
            if (answer.status() != 101) {
                var body = Framing.body("GET", answer, wire.in());
                throw Problem.of(new Response(answer.status(), answer.headers(), body, wire));
            }
            if (!accept(nonce).equals(answer.headers().get("sec-websocket-accept"))) {
                throw new IOException("this is no WebSocket");
            }
            return new WebSocket(wire, random);
        } catch (IOException e) {
            wire.close();
            throw CoveException.unavailable(
                    "the daemon opened no stream at "
                            + path
                            + ": "
                            + (watchdog.fired() ? "it did not answer in time" : e.getMessage()),
                    e);
        } catch (CoveException e) {
            wire.close();
            throw e;
        }
    }

    private static String accept(String nonce) {
        try {
            var sha1 = MessageDigest.getInstance("SHA-1");
            return Base64.getEncoder()
                    .encodeToString(
                            sha1.digest((nonce + GUID).getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw CoveException.internal("this Java has no SHA-1", e);
        }
    }

    /// @throws IOException when the connection is gone
    public void send(String text) throws IOException {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        send(TEXT, bytes, 0, bytes.length);
    }

    /// @throws IOException when the connection is gone
    public void send(byte[] bytes, int offset, int length) throws IOException {
        send(BINARY, bytes, offset, length);
    }

    private void send(int opcode, byte[] payload, int offset, int length) throws IOException {
        sending.lock();
        try {
            if (closeSent) {
                throw new IOException("the stream is closed");
            }
            closeSent = opcode == CLOSE;
            wire.out().write(frame(opcode, payload, offset, length));
        } finally {
            sending.unlock();
        }
    }

    private byte[] frame(int opcode, byte[] payload, int offset, int length) {
        var frame = ByteBuffer.allocate(14 + length);
        frame.put((byte) (0x80 | opcode));
        if (length < 126) {
            frame.put((byte) (0x80 | length));
        } else if (length < 1 << 16) {
            frame.put((byte) (0x80 | 126)).putShort((short) length);
        } else {
            frame.put((byte) (0x80 | 127)).putLong(length);
        }
        var mask = new byte[4];
        random.nextBytes(mask);
        frame.put(mask);
        for (var i = 0; i < length; i++) {
            frame.put((byte) (payload[offset + i] ^ mask[i & 3]));
        }
        return Arrays.copyOf(frame.array(), frame.position());
    }

    /// Waits for the next message. Pings are answered on the way.
    ///
    /// @throws IOException when what comes is no WebSocket
    public Message receive() throws IOException {
        try {
            return next();
        } catch (EOFException e) {
            return new Message.Closed(1006, "the connection broke off");
        }
    }

    private Message next() throws IOException {
        var message = new ByteArrayOutputStream();
        var kind = CONTINUED;
        while (true) {
            var first = in.readUnsignedByte();
            var opcode = first & 15;
            var last = (first & 0x80) != 0;
            if ((first & 0x70) != 0) {
                throw new IOException("a frame with bits that were not agreed on");
            }
            var payload = payload(opcode, last, message.size());
            switch (opcode) {
                case PING -> send(PONG, payload, 0, payload.length);
                case PONG -> {}
                case CLOSE -> {
                    return closed(payload);
                }
                case CONTINUED, TEXT, BINARY -> {
                    if ((opcode == CONTINUED) == (kind == CONTINUED)) {
                        throw new IOException("a message within a message");
                    }
                    kind = opcode == CONTINUED ? kind : opcode;
                    message.writeBytes(payload);
                    if (last) {
                        return message(kind, message);
                    }
                }
                default -> throw new IOException("a frame of unknown kind " + opcode);
            }
        }
    }

    private byte[] payload(int opcode, boolean last, int already) throws IOException {
        var second = in.readUnsignedByte();
        if ((second & 0x80) != 0) {
            throw new IOException("a masked frame from a server");
        }
        long length =
                switch (second) {
                    case 126 -> in.readUnsignedShort();
                    case 127 -> in.readLong();
                    default -> second;
                };
        if (opcode >= CLOSE && (length > 125 || !last)) {
            throw new IOException("a control frame that is too long");
        }
        if (length < 0 || length > MOST_MESSAGE - already) {
            throw new IOException("a message larger than " + MOST_MESSAGE + " bytes");
        }
        var payload = new byte[(int) length];
        in.readFully(payload);
        return payload;
    }

    private static Message message(int kind, ByteArrayOutputStream message) {
        return kind == TEXT
                ? new Message.Text(message.toString(StandardCharsets.UTF_8))
                : new Message.Binary(ByteBuffer.wrap(message.toByteArray()));
    }

    private Message closed(byte[] payload) {
        var code = payload.length >= 2 ? ((payload[0] & 0xff) << 8) | (payload[1] & 0xff) : 1005;
        var reason =
                payload.length > 2
                        ? new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8)
                        : "";
        return new Message.Closed(code, reason);
    }

    /// Says goodbye, if that is still possible, and closes the connection.
    @Override
    public void close() {
        try {
            send(CLOSE, new byte[] {3, (byte) 0xe8}, 0, 2);
        } catch (IOException e) {
            // The other side has gone first: then there is nobody to say it to.
            wire.close();
            return;
        }
        wire.close();
    }
}
