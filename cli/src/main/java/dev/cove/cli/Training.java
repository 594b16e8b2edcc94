package dev.cove.cli;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;

/// Uses the verbs whose start-up time is felt once each, against a daemon of paper, so that the AOT
/// cache (JEP 483, 514) learns what they load. Run by `tools/aot-cache`, never by a user.
final class Training {
    private static final String VM =
            """
            {"id":"vm-abcd2345","name":"web","state":"running","image":"debian",\
            "address":"10.100.0.10","cpus":1,"memory":536870912,"disk":4294967296,"vmm":"qemu",\
            "accelerator":"tcg","created":"2026-01-01T00:00:00Z","owner":"root",\
            "labels":{"a":"b"}}\
            """;

    private static final List<String> LINES =
            List.of(
                    "--help",
                    "ls",
                    "ls -q",
                    "ls --json",
                    "ls --label a=b",
                    "ls --help",
                    "version",
                    "inspect web",
                    "create web --cpus 2 --memory 1G",
                    "start web",
                    "stop web -t 5s",
                    "fork web web-2",
                    "resize web --disk 8G",
                    "import /dev/null",
                    "sleep web",
                    "wake web",
                    "snapshot create web",
                    "snapshot ls web",
                    "template ls",
                    "destroy -f web other",
                    "exec web -- true",
                    "proxy web 22",
                    "image ls",
                    "token ls",
                    "lss",
                    "ls --jsn",
                    "inspect nobody",
                    "completion bash",
                    "__complete -- ls --",
                    "__complete -- ssh w",
                    "__complete -- image rm x");

    private Training() {}

    public static void main(String[] arguments) throws IOException {
        var folder = Files.createTempDirectory("cove-training");
        var socket = folder.resolve("cove.sock");
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            Thread.ofPlatform().daemon().start(() -> serve(server));
            var here = around(folder, socket);
            for (var line : LINES) {
                new Cli(here).run(line.split(" "));
            }
        } finally {
            try (var files = Files.walk(folder)) {
                files.sorted(java.util.Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
    }

    private static Surroundings around(Path folder, Path socket) {
        var real = Surroundings.ofThisProcess();
        var environment = new HashMap<>(real.environment());
        environment.put("COVE_HOST", "unix://" + socket);
        environment.remove("COVE_TOKEN");
        return new Surroundings(
                InputStream.nullInputStream(),
                real.stdout(),
                real.stderr(),
                environment,
                folder,
                folder.resolve("config"),
                "",
                "cove",
                real.clock());
    }

    private static void serve(ServerSocketChannel server) {
        while (true) {
            try (var channel = server.accept();
                    var in = new BufferedInputStream(Channels.newInputStream(channel));
                    var out = Channels.newOutputStream(channel)) {
                answer(head(in), out);
            } catch (IOException e) {
                return;
            }
        }
    }

    private static String head(InputStream in) throws IOException {
        var head = new StringBuilder();
        for (var b = in.read(); b >= 0; b = in.read()) {
            head.append((char) b);
            if (b == '\n' && head.toString().endsWith("\r\n\r\n")) {
                break;
            }
        }
        return head.toString();
    }

    private static void answer(String head, OutputStream out) throws IOException {
        if (head.contains("Upgrade: websocket")) {
            upgrade(head, out);
            return;
        }
        var path = head.split(" ", 3)[1];
        if (path.contains("nobody")) {
            send(out, "404 Not Found", "{\"detail\":\"there is no VM called nobody\"}");
        } else if (head.startsWith("DELETE")) {
            send(out, "204 No Content", "");
        } else if (path.startsWith("/v1/version")) {
            send(out, "200 OK", "{\"version\":\"0\"}");
        } else if (path.matches("/v1/(images|tokens|templates|vms/web/snapshots)")
                && head.startsWith("GET")) {
            send(out, "200 OK", "[{\"name\":\"x\",\"created\":\"2026-01-01T00:00:00Z\"}]");
        } else if (path.contains("/fork")) {
            send(out, "201 Created", "{\"standstill_ms\":2.5,\"vms\":[" + VM + "]}");
        } else if (path.contains("/resize")) {
            send(
                    out,
                    "200 OK",
                    "{\"changes\":[{\"what\":\"disk\",\"from\":1,\"to\":2,\"when\":\"now\"}],\"vm\":"
                            + VM
                            + "}");
        } else if (path.contains("/sleep")) {
            send(out, "200 OK", VM.replace("running", "asleep"));
        } else if (path.contains("/stop")) {
            send(out, "200 OK", VM.replace("running", "stopped"));
        } else {
            var list = head.startsWith("GET") && path.matches("/v1/vms(\\?.*)?");
            send(out, "200 OK", list ? "[" + VM + "," + VM + "]" : VM);
        }
    }

    private static void send(OutputStream out, String status, String body) throws IOException {
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        var head = "HTTP/1.1 " + status + "\r\nContent-Length: " + bytes.length + "\r\n\r\n";
        out.write(head.getBytes(StandardCharsets.US_ASCII));
        out.write(bytes);
    }

    private static void upgrade(String head, OutputStream out) throws IOException {
        var key = head.replaceAll("(?s).*Sec-WebSocket-Key: (\\S+).*", "$1");
        try {
            var text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
            var digest =
                    MessageDigest.getInstance("SHA-1")
                            .digest(text.getBytes(StandardCharsets.US_ASCII));
            out.write(
                    ("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: "
                                    + Base64.getEncoder().encodeToString(digest)
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
        } catch (NoSuchAlgorithmException e) {
            throw new IOException(e);
        }
        var last = head.contains("/exec") ? "{\"exit\":0}" : "{\"eof\":true}";
        out.write(new byte[] {(byte) 0x82, 2, 1, 'x'});
        out.write(0x81);
        out.write(last.length());
        out.write(last.getBytes(StandardCharsets.US_ASCII));
    }
}
