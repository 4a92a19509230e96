using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.ReleaseButler.Publishing;

/// <summary>The real process, killed with SIGKILL once GitHub has done what one of its writes asked for, and started again on the same data.</summary>
public sealed class ReleaseKillTests : IAsyncLifetime
{
    private const string Repo = "acme/oven";
    private static readonly string[] Files = ["oven.tar.gz", "oven.txt", "oven.zip"];

    private readonly string _data = Directory.CreateTempSubdirectory("omniaudit-release-").FullName;
    private readonly int _port = Ports.Free();
    private FakeGitHub _gitHub = null!;
    private FakeRepository _repository = null!;

    public async Task InitializeAsync()
    {
        _gitHub = await FakeGitHub.StartAsync();
        _repository = _gitHub.AddRepository(Repo);
        _repository.Commits["main"] = FakeGitHub.Commit("c0ffee0000000000000000000000000000000001");
        var folder = Directory.CreateDirectory(Path.Combine(_data, "release-assets")).FullName;
        foreach (var name in Files) await File.WriteAllTextAsync(Path.Combine(folder, name), $"the bytes of {name}");
    }

    public async Task DisposeAsync()
    {
        await _gitHub.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Kill_AfterEachWrite_AndTheSameAskedAgain_GivesOneReleaseWithExactlyTheRightAssets()
    {
        // The draft, three assets and their checksums, the publishing: half a minute each, so every one of them only when asked for.
        (string Method, int Number)[] writes = Environment.GetEnvironmentVariable("OMNIAUDIT_EVERY_POINT") is null
            ? [("POST", 1), ("POST", 3), ("PATCH", 1)]
            : [("POST", 1), ("POST", 2), ("POST", 3), ("POST", 4), ("POST", 5), ("PATCH", 1)];
        foreach (var (point, (method, number)) in writes.Index())
        {
            var arguments = new JsonObject
            {
                ["repo"] = Repo, ["tag"] = $"v{point + 1}.0.0", ["notes"] = "Bakes evenly.", ["checksums"] = true, ["assets"] = new JsonArray([.. Files.Select(f => JsonValue.Create(f))]),
            };
            var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using (var server = await StartAsync())
            {
                var asked = await CallAsync(server.Url, arguments);
                _gitHub.Break(new RouteFault(method, Repo, async (context, proceed) =>
                {
                    context.Response.Body = new MemoryStream();
                    await proceed();
                    await server.KillAsync();
                    killed.TrySetResult();
                }, first: number));
                await Assert.ThrowsAnyAsync<HttpRequestException>(() => ConfirmAsync(server.Url, arguments, asked));
                await killed.Task.WaitAsync(Eventually.Patience);
            }
            await using (var server = await StartAsync())
            {
                // Found whole, it is settled; otherwise the same is asked for, and goes on.
                var again = await CallAsync(server.Url, arguments);
                if (again.GetProperty("status").GetString() == "requires_confirmation") again = await ConfirmAsync(server.Url, arguments, again);
                else Assert.Equal("release_exists", again.GetProperty("error").GetString());
            }
            var release = Assert.Single(_repository.Releases, r => r.Tag == $"v{point + 1}.0.0");
            Assert.False(release.Draft, $"after {method} {number}");
            Assert.Equal(["SHA256SUMS", .. Files], release.Assets.Select(a => a.Name).Order(StringComparer.Ordinal));
            Assert.All(release.Assets, a => Assert.Equal("uploaded", a.State));
            Assert.All(Files, f => Assert.Equal($"the bytes of {f}", Encoding.UTF8.GetString(release.Assets.Single(a => a.Name == f).Bytes)));
        }
        Assert.Equal((writes.Length, writes.Length * 4), (_gitHub.Effects("release"), _gitHub.Effects("asset")));
        var (exitCode, output, errors) = await ServerProcess.RunAsync(["verify", "--log"], _data);
        Assert.True(exitCode == 0, output + errors);
    }

    private Task<ServerProcess> StartAsync() => ServerProcess.StartAsync(_data, _port, new Dictionary<string, string>(_gitHub.Settings(Repo))
    {
        ["GITHUB_UPLOAD_URL"] = _gitHub.Url, ["APPROVALS_MODE"] = "self", ["GITHUB_WRITE_RATE_LIMIT_PER_MINUTE"] = "1000",
    });

    private static Task<JsonElement> ConfirmAsync(Uri url, JsonObject arguments, JsonElement asked)
    {
        var confirmed = (JsonObject)arguments.DeepClone();
        confirmed["confirmation_token"] = asked.GetProperty("confirmation_token").GetString();
        return Eventually.GetAsync(() => CallAsync(url, confirmed), a => a.GetProperty("status").GetString() is not "requires_confirmation", "the release is executed");
    }

    private static async Task<JsonElement> CallAsync(Uri url, JsonObject arguments)
    {
        var message = new JsonObject
        {
            ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = "tools/call",
            ["params"] = new JsonObject
            {
                ["name"] = "releasebutler.create_release", ["arguments"] = arguments.DeepClone(),
                ["_meta"] = new JsonObject { ["io.modelcontextprotocol/protocolVersion"] = "2026-07-28", ["io.modelcontextprotocol/clientCapabilities"] = new JsonObject() },
            },
        };
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(url, "/mcp")) { Content = new StringContent(message.ToJsonString(), Encoding.UTF8, "application/json") };
        foreach (var (name, value) in new[] { ("Accept", "application/json, text/event-stream"), ("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/call"), ("Mcp-Name", "releasebutler.create_release") }) request.Headers.Add(name, value);
        using var response = await http.SendAsync(request);
        return (await TestApp.ReadAsync(response)).GetProperty("result").GetProperty("structuredContent");
    }
}
