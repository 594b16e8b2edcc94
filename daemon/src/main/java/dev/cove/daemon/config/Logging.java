package dev.cove.daemon.config;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import dev.cove.daemon.config.Settings.Log;
import org.slf4j.LoggerFactory;

/// The daemon's log goes to standard error, where systemd's journal takes it, bounds it and keeps
/// it. Until [#start], and in tests, it is plain and begins at WARN.
public final class Logging extends ContextAwareBase implements Configurator {
    /// Writes the log as the settings say from here on.
    public static void start(Log log) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            apply(context, log);
        }
    }

    /// Logback finds this class by its `META-INF/services`: there is no file to parse at start.
    @Override
    public ExecutionStatus configure(LoggerContext context) {
        apply(context, new Log(Log.Level.WARN, Log.Format.PLAIN));
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    private static void apply(LoggerContext context, Log log) {
        context.reset();
        var line =
                switch (log.format()) {
                    case PLAIN -> new LogLine.Plain();
                    case JSON -> new LogLine.Json();
                };
        line.setContext(context);
        line.start();
        var console = new ConsoleAppender<ILoggingEvent>();
        console.setContext(context);
        console.setTarget("System.err");
        console.setEncoder(line);
        console.start();
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.addAppender(console);
        // Libraries say little that concerns us, and much of it at INFO.
        root.setLevel(log.level() == Log.Level.INFO ? Level.WARN : level(log));
        context.getLogger("dev.cove").setLevel(level(log));
        // They warn in the words of whoever sent a bad request, or of a guest.
        context.getLogger("org.eclipse.jetty").setLevel(Level.ERROR);
        context.getLogger("org.apache.sshd").setLevel(Level.ERROR);
    }

    private static Level level(Log log) {
        return switch (log.level()) {
            case ERROR -> Level.ERROR;
            case WARN -> Level.WARN;
            case INFO -> Level.INFO;
            case DEBUG -> Level.DEBUG;
            case TRACE -> Level.TRACE;
        };
    }
}
