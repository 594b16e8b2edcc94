package dev.cove.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.client.WebSocket.Message;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class WebSocketTest {
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();

    private WebSocket receiving(String hex) {
        var in = new ByteArrayInputStream(HexFormat.of().parseHex(hex.replace(" ", "")));
        return new WebSocket(new Wire(in, sent, () -> {}), new Random(7));
    }

    @Test
    void readsTheExamplesOfTheStandard() throws IOException {
        // RFC 6455, 5.7: "Hello" in one frame, then in two, then 256 bytes.
        var socket =
                receiving("8105 48656c6c6f 0103 48656c 8002 6c6f 827e0100 " + "00".repeat(256));

        assertThat(socket.receive()).isEqualTo(new Message.Text("Hello"));
        assertThat(socket.receive()).isEqualTo(new Message.Text("Hello"));
        assertThat(socket.receive())
                .isInstanceOfSatisfying(
                        Message.Binary.class,
                        b -> assertThat(b.bytes().remaining()).isEqualTo(256));
    }

    @Test
    void answersAPingInTheMiddleOfAMessage() throws IOException {
        var socket = receiving("0103 48656c 8902 6869 8002 6c6f");

        assertThat(socket.receive()).isEqualTo(new Message.Text("Hello"));
        assertThat(sent.toByteArray()[0]).isEqualTo((byte) 0x8a);
    }

    @Test
    void saysWhyItWasClosed() throws IOException {
        assertThat(receiving("8804 03f3 6f6f").receive()).isEqualTo(new Message.Closed(1011, "oo"));
        assertThat(receiving("8800").receive()).isEqualTo(new Message.Closed(1005, ""));
        assertThat(receiving("81").receive())
                .isEqualTo(new Message.Closed(1006, "the connection broke off"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "c105 48656c6c6f", // a reserved bit
                "8185 00000000 48656c6c6f", // masked by a server
                "8305 48656c6c6f", // an unknown kind
                "8005 48656c6c6f", // goes on with nothing
                "0101 48 0101 48", // begins anew within a message
                "890a", // cut short is fine below; here: fragmented ping
                "0901 00",
                "897e 0100", // a long ping
                "827f 7fffffffffffffff", // larger than anybody's memory
                "827f ffffffffffffffff",
            })
    void refusesFramesThatBreakTheRules(String hex) throws IOException {
        var socket = receiving(hex);
        if (hex.equals("890a")) {
            assertThat(socket.receive()).isInstanceOf(Message.Closed.class);
            return;
        }
        assertThatThrownBy(socket::receive).isInstanceOf(IOException.class);
    }

    @Test
    void masksWhatItSendsWhateverItsLength() throws IOException {
        for (var length : List.of(0, 1, 125, 126, 65_535, 65_536, 100_000)) {
            sent.reset();
            var bytes = new byte[length];
            new Random(length).nextBytes(bytes);

            receiving("").send(bytes, 0, length);

            assertThat(unmask(sent.toByteArray())).isEqualTo(bytes);
        }
    }

    private static byte[] unmask(byte[] frame) throws IOException {
        var in = new DataInputStream(new ByteArrayInputStream(frame));
        assertThat(in.readUnsignedByte()).isEqualTo(0x82);
        var second = in.readUnsignedByte();
        assertThat(second & 0x80).isNotZero();
        var length =
                switch (second & 0x7f) {
                    case 126 -> in.readUnsignedShort();
                    case 127 -> (int) in.readLong();
                    default -> second & 0x7f;
                };
        var mask = in.readNBytes(4);
        var payload = in.readNBytes(length);
        assertThat(in.read()).isEqualTo(-1);
        for (var i = 0; i < length; i++) {
            payload[i] ^= mask[i & 3];
        }
        return payload;
    }

    @Test
    void runsACommandToItsExit() throws Exception {
        try (var daemon =
                FakeDaemon.onTcp((head, in, out) -> {
                    acceptUpgrade(head, out);
                    assertThat(readText(in)).contains("\"arguments\":[\"wc\",\"-c\"]");
                    frame(out, 2, new byte[] {1, 'o', 'u', 't'});
                    frame(out, 2, new byte[] {2, 'e', 'r', 'r'});
                    frame(out, 1, "{\"exit\":3}".getBytes(StandardCharsets.US_ASCII));
                })) {
            var client = new CoveClient(daemon.endpoint, Optional.empty());
            var out = new ByteArrayOutputStream();
            var err = new ByteArrayOutputStream();
            var command =
                    new ExecCommand(
                            List.of("wc", "-c"),
                            Map.of(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty());

            try (var session = client.exec("web", command)) {
                assertThat(session.run(out, err)).isEqualTo(3);
            }
            assertThat(out).hasToString("out");
            assertThat(err).hasToString("err");
        }
    }

    @Test
    void tellsWhyATunnelFailed() throws Exception {
        try (var daemon =
                FakeDaemon.onTcp((head, in, out) -> {
                    acceptUpgrade(head, out);
                    frame(out, 2, new byte[] {'h', 'i'});
                    var error = "{\"error\":{\"kind\":\"BUSY\",\"detail\":\"taken\"}}";
                    frame(out, 1, error.getBytes(StandardCharsets.US_ASCII));
                })) {
            try (var tunnel = new CoveClient(daemon.endpoint, Optional.empty()).proxy("web", 22)) {
                assertThat(tunnel.in().readNBytes(2)).containsExactly('h', 'i');
                assertThatThrownBy(() -> tunnel.in().read()).hasMessage("taken");
            }
        }
    }

    @Test
    void passesOnARefusalToUpgrade() throws Exception {
        try (var daemon =
                FakeDaemon.saying(
                        "HTTP/1.1 409 Conflict\r\nContent-Length: 24\r\n\r\n"
                                + "{\"detail\":\"web is asleep\"}".substring(0, 24))) {
            var client = new CoveClient(daemon.endpoint, Optional.empty());
            assertThatThrownBy(() -> client.console("web")).hasMessageContaining("409");
        }
    }

    private static void acceptUpgrade(String head, java.io.OutputStream out) throws IOException {
        var key = head.replaceAll("(?s).*Sec-WebSocket-Key: ([^\r]+)\r.*", "$1");
        try {
            var sha1 = java.security.MessageDigest.getInstance("SHA-1");
            var text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
            var accept =
                    java.util.Base64.getEncoder()
                            .encodeToString(sha1.digest(text.getBytes(StandardCharsets.US_ASCII)));
            out.write(
                    ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                    + "Connection: Upgrade\r\nSec-WebSocket-Accept: "
                                    + accept
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IOException(e);
        }
    }

    private static String readText(InputStream in) throws IOException {
        var data = new DataInputStream(in);
        data.readUnsignedByte();
        var length = data.readUnsignedByte() & 0x7f;
        var mask = data.readNBytes(4);
        var payload = data.readNBytes(length);
        for (var i = 0; i < payload.length; i++) {
            payload[i] ^= mask[i & 3];
        }
        return new String(payload, StandardCharsets.UTF_8);
    }

    private static void frame(java.io.OutputStream out, int opcode, byte[] payload)
            throws IOException {
        out.write(0x80 | opcode);
        out.write(payload.length);
        out.write(payload);
    }
}
