package dev.cove.client;

import dev.cove.core.CoveException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Cove's HTTP API, typed (docs/api.md). Thread-safe; every call has a connection of its own.
///
/// Every method throws `CoveException` with the daemon's own words when it refuses, and UNAVAILABLE
/// when it cannot be reached.
public final class CoveClient {
    private static final Duration CONNECT = Duration.ofSeconds(30);
    private static final Duration IMPORT = Duration.ofHours(2);

    private final Http http;
    private final Calls calls;

    public CoveClient(Endpoint endpoint, Optional<Token> token) {
        http = new Http(endpoint, token);
        calls = new Calls(http);
    }

    /// The client that a user's environment asks for: `COVE_HOST`, `COVE_CACERT`, `COVE_TOKEN`,
    /// else the token file in the folder, else none.
    ///
    /// @throws CoveException INVALID for a malformed address, DENIED for a token file that others
    ///   may read
    public static CoveClient of(Map<String, String> environment, Path configFolder) {
        var host = environment.getOrDefault("COVE_HOST", "");
        var named = host.isBlank() ? Endpoint.USUAL : Endpoint.parse(host.strip());
        var authorities = environment.getOrDefault("COVE_CACERT", "");
        var endpoint =
                named instanceof Endpoint.Tcp t && !authorities.isBlank()
                        ? t.trusting(Path.of(authorities))
                        : named;
        var secret = environment.getOrDefault("COVE_TOKEN", "");
        if (!secret.isBlank()) {
            return new CoveClient(endpoint, Optional.of(new Token(secret.strip())));
        }
        // A local socket knows its callers by their user: a token kept for elsewhere would make
        // them somebody else.
        return switch (endpoint) {
            case Endpoint.Unix u -> new CoveClient(u, Optional.empty());
            case Endpoint.Tcp t -> new CoveClient(t, Token.read(configFolder.resolve("token")));
        };
    }

    public Endpoint endpoint() {
        return http.endpoint();
    }

    /// Forks, snapshots and templates.
    public Copies copies() {
        return new Copies(calls);
    }

    /// VMs as files.
    public Transfers transfers() {
        return new Transfers(calls);
    }

    /// The VMs that have all of these labels, as the daemon lists them.
    public List<VmInfo> vms(Map<String, String> labels) {
        var query = Query.at("/v1/vms");
        labels.forEach((k, v) -> query.with("label", k + "=" + v));
        return json(Request.of("GET", query.toString())).items().stream().map(VmInfo::of).toList();
    }

    /// @param vm its name or id
    public VmInfo vm(String vm) {
        return VmInfo.of(json(Request.of("GET", Calls.vm(vm).toString())));
    }

    /// Makes a VM.
    ///
    /// @param wait how long to wait until it has settled; zero answers with the record as it is at
    ///   once
    public VmInfo create(Creation creation, Duration wait) {
        var path = Calls.waiting(Query.at("/v1/vms"), wait).toString();
        return VmInfo.of(
                json(Request.of("POST", path, creation.toJson()).within(wait.plus(Calls.SLACK))));
    }

    /// Starts or stops a VM, puts it to sleep or wakes it.
    ///
    /// @return the record after `change.patience()` at most, whether it has settled or not
    public VmInfo change(String vm, PowerChange change) {
        var query = Calls.vm(vm).then(change.verb().toString());
        change.grace().ifPresent(g -> query.with("grace", g.toMillis() + "ms"));
        if (change.force()) {
            query.with("force", "true");
        }
        if (change.cold()) {
            query.with("cold", "true");
        }
        var path = Calls.waiting(query, change.patience()).toString();
        return VmInfo.of(
                json(Request.of("POST", path).within(change.patience().plus(Calls.SLACK))));
    }

    /// Gives a VM another shape.
    ///
    /// @param wait how long to wait for its restart, if it takes one
    public Resizing.Resized resize(String vm, Resizing.Wish wish, Duration wait) {
        return Resizing.ask(calls, vm, wish, wait);
    }

    /// Destroys a VM.
    ///
    /// @param force even if it runs
    /// @param wait how long to wait until it is gone
    /// @return whether it is gone
    public boolean destroy(String vm, boolean force, Duration wait) {
        var query = Calls.vm(vm);
        if (force) {
            query.with("force", "true");
        }
        try (var response =
                answer(
                        Request.of("DELETE", Calls.waiting(query, wait).toString())
                                .within(wait.plus(Calls.SLACK)))) {
            return response.status() != 202;
        }
    }

    public VmInfo rename(String vm, String name) {
        var change = Json.fields().put("name", name).build();
        return VmInfo.of(json(Request.of("PATCH", Calls.vm(vm).toString(), change)));
    }

    /// Sets how long nobody has to use a VM before it is put to sleep.
    ///
    /// @param idle such as `10m`, or `never`
    public VmInfo sleepAfter(String vm, String idle) {
        var change = Json.fields().put("sleep_after", idle).build();
        return VmInfo.of(json(Request.of("PATCH", Calls.vm(vm).toString(), change)));
    }

    /// How to reach a VM over SSH.
    public SshTarget ssh(String vm) {
        var json = json(Request.of("GET", Calls.vm(vm).then("ssh").toString()));
        return new SshTarget(
                json.at("vm").text(vm), json.at("user").text("root"), json.at("host_key").text(""));
    }

    /// The console's log. The caller closes the stream.
    ///
    /// @param tail how many of its last lines
    /// @param follow whether to go on until the VM stops
    public InputStream log(String vm, Optional<Integer> tail, boolean follow) {
        var query = Calls.vm(vm).then("log");
        tail.ifPresent(t -> query.with("tail", Integer.toString(t)));
        if (follow) {
            query.with("follow", "true");
        }
        return stream(answer(Request.of("GET", query.toString())));
    }

    /// A tar of a file or folder of the guest. The caller closes the stream.
    public InputStream download(String vm, String path) {
        var query = Calls.vm(vm).then("files").with("path", path);
        return stream(answer(Request.of("GET", query.toString())));
    }

    /// Unpacks a tar into a folder of the guest.
    public void upload(String vm, String folder, Upload tar) {
        var query = Calls.vm(vm).then("files").with("path", folder);
        var body = new Request.Body("application/x-tar", -1, tar::writeTo);
        answer(Request.of("PUT", query.toString()).within(IMPORT).sending(body)).close();
    }

    /// Runs a command. The caller closes the session.
    public ExecSession exec(String vm, ExecCommand command) {
        var socket = socket(Calls.vm(vm).then("exec"));
        try {
            socket.send(command.toJson().toString());
            return new ExecSession(socket);
        } catch (java.io.IOException e) {
            socket.close();
            throw CoveException.unavailable("the command could not be sent", e);
        }
    }

    /// Connects to a port of a VM. The caller closes the tunnel.
    public Tunnel proxy(String vm, int port) {
        return new Tunnel(socket(Calls.vm(vm).then("proxy").then(Integer.toString(port))));
    }

    /// Connects to a VM's console. The caller closes the tunnel.
    public Tunnel console(String vm) {
        return new Tunnel(socket(Calls.vm(vm).then("console")));
    }

    public Json images() {
        return json(Request.of("GET", "/v1/images"));
    }

    public Json image(String name) {
        return json(Request.of("GET", Query.at("/v1/images").then(name).toString()));
    }

    /// Starts to build an image; its end is told by events.
    ///
    /// @param recipe a built-in's name or a recipe's text
    public Json buildImage(String name, Optional<String> recipe, Optional<String> suite) {
        var build = Json.fields().put("name", name).put("recipe", recipe).put("suite", suite);
        return json(Request.of("POST", "/v1/images", build.build()));
    }

    /// @param length of the content in bytes; negative when it is not known
    public Json importImage(String name, Optional<String> sha256, long length, Upload content) {
        var query = Query.at("/v1/images").then(name).then("import");
        sha256.ifPresent(s -> query.with("sha256", s));
        var body = new Request.Body("application/octet-stream", length, content::writeTo);
        return json(Request.of("POST", query.toString()).within(IMPORT).sending(body));
    }

    /// Ends the making of an image, and returns when nothing of it is left.
    public void cancelImage(String name) {
        var path = Query.at("/v1/images").then(name).then("cancel").toString();
        answer(Request.of("POST", path).within(Duration.ofSeconds(90))).close();
    }

    public void removeImage(String name) {
        answer(Request.of("DELETE", Query.at("/v1/images").then(name).toString())).close();
    }

    public Json tokens() {
        return json(Request.of("GET", "/v1/tokens"));
    }

    /// @return with its `secret`, this once
    public Json createToken(String name, Optional<String> owner, boolean administrator) {
        var token = Json.fields().put("name", name).put("owner", owner);
        if (administrator) {
            token.put("administrator", true);
        }
        return json(Request.of("POST", "/v1/tokens", token.build()));
    }

    public void removeToken(String name) {
        answer(Request.of("DELETE", Query.at("/v1/tokens").then(name).toString())).close();
    }

    /// Events from now on, or from the one after a number. The caller closes the stream.
    public EventStream events(Optional<String> after) {
        var query = Query.at("/v1/events");
        after.ifPresent(a -> query.with("after", a));
        return new EventStream(answer(Request.of("GET", query.toString())));
    }

    /// The daemon's findings; looking may take a while.
    public Json doctor() {
        return json(Request.of("GET", "/v1/doctor").within(Duration.ofMinutes(3)));
    }

    public Json version() {
        return json(Request.of("GET", "/v1/version").within(Duration.ofSeconds(10)));
    }

    private WebSocket socket(Query path) {
        return WebSocket.open(http, path.toString(), CONNECT, new SecureRandom());
    }

    private Json json(Request request) {
        return calls.json(request);
    }

    private Response answer(Request request) {
        return calls.answer(request);
    }

    private static InputStream stream(Response response) {
        return new java.io.FilterInputStream(response.body()) {
            @Override
            public void close() {
                response.close();
            }
        };
    }

    /// Content that is written as it is sent.
    public interface Upload {
        void writeTo(java.io.OutputStream out) throws java.io.IOException;
    }

    /// @param vm its id
    /// @param hostKey what the guest shows, as in a `.pub` file
    public record SshTarget(String vm, String user, String hostKey) {}
}
