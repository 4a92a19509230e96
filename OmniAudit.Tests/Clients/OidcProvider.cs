using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Settings;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Clients;

/// <summary>npm's oidc-provider in a process of its own (oidc-provider.mjs).</summary>
public sealed class OidcProvider : IAsyncLifetime
{
    public const string ClientSecret = "a secret: with/odd %characters";

    private readonly SemaphoreSlim _turn = new(1);
    private Process _node = null!;

    /// <summary>Its issuer URL, without a slash at the end.</summary>
    public string Issuer { get; private set; } = "";

    public async Task InitializeAsync()
    {
        var directory = Directory();
        if (!System.IO.Directory.Exists(Path.Combine(directory, "node_modules"))) throw new InvalidOperationException("The npm packages are not installed: run ./test.sh, or npm ci in OmniAudit.Tests/Clients.");
        _node = Process.Start(new ProcessStartInfo("node", [Path.Combine(directory, "oidc-provider.mjs")])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory,
        })!;
        _node.ErrorDataReceived += (_, _) => { };
        _node.BeginErrorReadLine();
        Issuer = (await ReadAsync()).GetProperty("issuer").GetString()!;
    }

    /// <summary>Settings of a console that people sign in to here.</summary>
    public void ForConsole(OmniAuditOptions options)
    {
        var oidc = options.Oidc;
        (oidc.Authority, oidc.ClientId, oidc.ClientSecret, oidc.Name) = (Issuer, "console", ClientSecret, "Test ID");
        (oidc.Scopes, oidc.Roles) = (["profile", "email", "groups"], ["admin=omni-admins", "approver=omni-approvers", "viewer=omni-viewers"]);
    }

    /// <summary>Settings of a server that takes tokens from here.</summary>
    public void ForAgents(OmniAuditOptions options) => (options.Mcp.AuthMode, options.Mcp.OAuthIssuer) = ("oauth", Issuer);

    /// <summary>Allows the console at this address to send people here.</summary>
    public Task RegisterAsync(Uri console) => SendAsync(new { op = "console", url = console.ToString().TrimEnd('/') });

    public Task UserAsync(string login, string name, params string[] groups) => SendAsync(new { op = "user", login, name, preferred_username = login, email = $"{login}@example.com", groups });

    /// <summary>A token by the issuer's own key.</summary>
    public async Task<string> SignAsync(JsonObject payload, JsonObject? header = null) => (await SendAsync(new { op = "sign", header = header ?? [], payload })).GetProperty("token").GetString()!;

    /// <summary>From now on every id_token says this instead; null ends it.</summary>
    public Task TwistAsync(JsonObject? claims) => SendAsync(new { op = "twist", claims });

    public async Task<int> KeysAskedAsync() => (await SendAsync(new { op = "keys" })).GetProperty("asked").GetInt32();

    public async Task<(string KeyId, string Modulus)> KeyAsync()
    {
        var key = await SendAsync(new { op = "keys" });
        return (key.GetProperty("kid").GetString()!, key.GetProperty("n").GetString()!);
    }

    /// <summary>Another signing key, and the old one is gone.</summary>
    public Task RotateAsync() => SendAsync(new { op = "rotate" });

    public Task DownAsync() => SendAsync(new { op = "down" });

    public Task UpAsync() => SendAsync(new { op = "up" });

    private async Task<JsonElement> SendAsync(object request)
    {
        await _turn.WaitAsync();
        try
        {
            await _node.StandardInput.WriteLineAsync(JsonSerializer.Serialize(request));
            return await ReadAsync();
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<JsonElement> ReadAsync()
    {
        var line = await _node.StandardOutput.ReadLineAsync().WaitAsync(Eventually.Patience) ?? throw new InvalidOperationException("The OIDC provider ended.");
        var answer = JsonDocument.Parse(line).RootElement;
        return answer.TryGetProperty("ok", out var ok) ? ok : throw new InvalidOperationException(answer.GetProperty("error").GetString());
    }

    /// <summary>A script of this folder.</summary>
    public static string Script(string name) => Path.Combine(Directory(), name);

    private static string Directory([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    public async Task DisposeAsync()
    {
        _node.StandardInput.Close();
        await _node.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_node.HasExited) _node.Kill(entireProcessTree: true);
        _node.Dispose();
        _turn.Dispose();
    }
}
