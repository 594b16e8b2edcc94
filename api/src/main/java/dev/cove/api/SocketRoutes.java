package dev.cove.api;

import dev.cove.core.CoveException;
import dev.cove.core.Ipv4;
import dev.cove.core.VmId;
import dev.cove.core.control.Vms;
import dev.cove.core.port.GuestShell;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/// The WebSockets of a VM: commands, tunnels to its ports, its console.
final class SocketRoutes {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Vms vms;
    private final GuestShell shell;
    private final Slots slots;
    private final Json json;

    SocketRoutes(Vms vms, GuestShell shell, Slots slots, Json json) {
        this.vms = vms;
        this.shell = shell;
        this.slots = slots;
        this.json = json;
    }

    void register(Routes routes) {
        routes.socket("/v1/vms/{vm}/exec", this::exec);
        routes.socket("/v1/vms/{vm}/proxy/{port}", this::proxy);
        routes.socket("/v1/vms/{vm}/console", this::console);
    }

    private Conversation exec(Call call) {
        call.query();
        slots.check(call.caller().owner());
        var guest = vms.guest(call.caller(), call.path("vm"));
        return new ExecConversation(shell, guest, slots, call.caller().owner(), json);
    }

    private Conversation proxy(Call call) {
        call.query();
        slots.check(call.caller().owner());
        var port = port(call.path("port"));
        var guest = vms.guest(call.caller(), call.path("vm"));
        return tunnel(call, guest.id(), () -> connect(guest.address(), port));
    }

    private Conversation console(Call call) {
        call.query();
        slots.check(call.caller().owner());
        var vm = vms.find(call.caller(), call.path("vm"));
        var machine = vms.machine(call.caller(), vm.id().text());
        return tunnel(call, vm.id(), machine::openConsole);
    }

    private Tunnel tunnel(Call call, VmId vm, Tunnel.Connecting connecting) {
        return new Tunnel(vm, connecting, slots, call.caller().owner(), json);
    }

    private static SocketChannel connect(Ipv4 address, int port) throws IOException {
        var channel = SocketChannel.open();
        try {
            channel.socket()
                    .connect(
                            new InetSocketAddress(InetAddress.ofLiteral(address.toString()), port),
                            Math.toIntExact(PATIENCE.toMillis()));
            return channel;
        } catch (IOException e) {
            channel.close();
            throw CoveException.unavailable(
                    "cannot connect to port " + port + " of " + address + ": " + e.getMessage(), e);
        }
    }

    private static int port(String text) {
        if (!text.matches("\\d{1,5}")
                || Integer.parseInt(text) < 1
                || Integer.parseInt(text) > 65535) {
            throw CoveException.invalid(
                    "a port is between 1 and 65535, not \""
                            + dev.cove.core.Printable.of(text, 40)
                            + "\"");
        }
        return Integer.parseInt(text);
    }
}
