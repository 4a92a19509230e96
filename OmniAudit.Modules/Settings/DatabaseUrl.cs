using System.Data.Common;
using System.Text.RegularExpressions;

namespace OmniAudit.Modules.Settings;

/// <summary>DATABASE_URL in its URL forms (SQLAlchemy's, as the Python original read them) as provider and ADO.NET connection string.</summary>
internal static partial class DatabaseUrl
{
    public const string Allowed = "sqlite:///relative/path.db, sqlite:////absolute/path.db, postgresql://user:password@host:5432/database, sqlserver://user:password@host:1433/database, or an ADO.NET connection string such as Data Source=omniaudit.db";

    private static readonly Dictionary<string, string> Libpq = new(StringComparer.OrdinalIgnoreCase)
    {
        ["sslmode"] = "SSL Mode", ["sslrootcert"] = "Root Certificate", ["sslcert"] = "SSL Certificate", ["sslkey"] = "SSL Key", ["connect_timeout"] = "Timeout", ["application_name"] = "Application Name",
    };

    /// <summary>
    /// <c>sqlite:///relative.db</c>, <c>sqlite:////absolute.db</c>, <c>postgresql://user:password@host:port/name?option=value</c>,
    /// <c>sqlserver://…</c> (also <c>mssql</c>); a driver suffix such as <c>+aiosqlite</c> is passed over. Null when the text is no URL of these.
    /// </summary>
    public static (string Provider, string ConnectionString)? TryParse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success) return null;
        var rest = match.Groups["rest"].Value;
        return match.Groups["scheme"].Value switch
        {
            "sqlite" => Sqlite(rest),
            "postgresql" or "postgres" => Server("postgresql", rest),
            _ => Server("sqlserver", rest),
        };
    }

    private static (string, string)? Sqlite(string rest)
    {
        // Three slashes and a relative path, or four and an absolute one: what follows "//" begins with the host's end.
        if (!rest.StartsWith('/') || rest.Length < 2 || rest.Contains('?', StringComparison.Ordinal)) return null;
        return ("sqlite", new DbConnectionStringBuilder { ["Data Source"] = Uri.UnescapeDataString(rest[1..]) }.ConnectionString);
    }

    private static (string, string)? Server(string provider, string rest)
    {
        if (!Uri.TryCreate($"tcp://{rest}", UriKind.Absolute, out var url) || url.Host.Length == 0) return null;
        var builder = new DbConnectionStringBuilder();
        var user = url.UserInfo.Split(':', 2);
        var database = Uri.UnescapeDataString(url.AbsolutePath.Trim('/'));
        if (provider == "postgresql")
        {
            builder["Host"] = url.Host.Trim('[', ']');
            if (url.Port > 0) builder["Port"] = url.Port;
            if (user[0].Length > 0) builder["Username"] = Uri.UnescapeDataString(user[0]);
        }
        else
        {
            builder["Server"] = url.Port > 0 ? $"{url.Host},{url.Port}" : url.Host;
            if (user[0].Length > 0) builder["User ID"] = Uri.UnescapeDataString(user[0]);
        }
        if (database.Length > 0) builder["Database"] = database;
        if (user.Length > 1) builder["Password"] = Uri.UnescapeDataString(user[1]);
        foreach (var pair in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var option = pair.Split('=', 2);
            var (name, value) = (Uri.UnescapeDataString(option[0]), option.Length > 1 ? Uri.UnescapeDataString(option[1]) : "");
            // What other drivers understand: libpq's names, and which ODBC driver to load.
            if (provider == "postgresql" && Libpq.TryGetValue(name, out var known)) (name, value) = (known, known == "SSL Mode" ? value.Replace("-", "", StringComparison.Ordinal) : value);
            if (provider == "sqlserver" && name.Equals("driver", StringComparison.OrdinalIgnoreCase)) continue;
            builder[name] = value;
        }
        return (provider, builder.ConnectionString);
    }

    [GeneratedRegex(@"\A(?<scheme>sqlite|postgresql|postgres|sqlserver|mssql)(?:\+[a-z0-9_]+)?://(?<rest>.*)\z", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase)]
    private static partial Regex Form();
}
