using OmniAudit.Modules.Settings;
using Quartz;

namespace OmniAudit.Web.Scheduling;

/// <summary>The tables that Quartz keeps in a database that servers share: its own script, which makes what is missing and nothing else.</summary>
internal static class SchedulerSchema
{
    /// <summary>What stands between two statements of the script.</summary>
    public const string Separator = "--;;";

    /// <summary>Quartz's own, by which its documentation names them.</summary>
    private const string Prefix = "QRTZ_";

    /// <summary>Null for SQLite, where Quartz keeps nothing.</summary>
    public static string? ScriptOf(string provider)
    {
        var name = provider switch { DatabaseOptions.PostgreSql => "postgres", DatabaseOptions.SqlServer => "sqlServer", _ => null };
        if (name is null) return null;
        using var resource = typeof(IScheduler).Assembly.GetManifestResourceStream($"Quartz.Impl.AdoJobStore.Schema.create_{name}.sql")
            ?? throw new InvalidOperationException($"This version of Quartz has no script for {provider}.");
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd().ReplaceLineEndings("\n").Replace("{0}", Prefix, StringComparison.Ordinal).Replace("{1}", Prefix, StringComparison.Ordinal);
    }

    /// <summary>Its statements, one by one.</summary>
    public static IReadOnlyList<string> StatementsOf(string provider) => [.. (ScriptOf(provider) ?? "").Split(Separator).Select(s => s.Trim()).Where(s => s.Length > 0)];
}
