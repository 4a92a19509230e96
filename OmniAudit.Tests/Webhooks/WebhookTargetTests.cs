using System.Net;
using OmniAudit.Modules.Webhooks;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Webhooks;

/// <summary>Where events may go is judged at every connection.</summary>
public sealed class WebhookTargetTests : IAsyncLifetime
{
    private Receiver _receiver = null!;

    public async Task InitializeAsync() => _receiver = await Receiver.StartAsync();

    public async Task DisposeAsync() => await _receiver.DisposeAsync();

    private int Port => int.Parse(_receiver.Authority.Split(':')[1]);

    [Theory]
    [InlineData("hooks.test", "127.0.0.1", "hooks.test resolves to 127.0.0.1, which is a loopback address; add hooks.test:{port} to URL_ALLOWLIST")]
    [InlineData("hooks.test", "93.184.215.14,10.1.2.3", "hooks.test resolves to 10.1.2.3, which is a private address; add hooks.test:{port} to URL_ALLOWLIST")]
    [InlineData("hooks.test", "::ffff:192.168.0.9", "which is a private address")]
    [InlineData("hooks.test", "169.254.169.254", "hooks.test resolves to 169.254.169.254, which is a cloud metadata service; nothing is ever sent to one.")]
    [InlineData("127.0.0.1", "", "127.0.0.1 is a loopback address; add 127.0.0.1:{port} to URL_ALLOWLIST")]
    [InlineData("0x7f000001", "", "127.0.0.1 is a loopback address")]
    [InlineData("[::1]", "", "::1 is a loopback address; add [::1]:{port} to URL_ALLOWLIST")]
    [InlineData("metadata.google.internal", "93.184.215.14", "metadata.google.internal is a cloud metadata service")]
    public async Task Target_Inside_IsRefusedWithTheAddressAndTheRemedy(string host, string addresses, string message)
    {
        await using var world = await WebhookWorld.StartAsync([$"http://{host}:{Port}/ok"], ["elsewhere.test:80"], resolve: (_, _) =>
            Task.FromResult<IReadOnlyList<IPAddress>>([.. addresses.Split(',').Select(IPAddress.Parse)]));

        await world.AddAsync(WebhookWorld.Event());

        var row = await world.OnlyRowAsync(d => d.Attempts == 1);
        Assert.StartsWith("target_inside: ", row.LastError, StringComparison.Ordinal);
        Assert.Contains(message.Replace("{port}", $"{Port}", StringComparison.Ordinal), row.LastError, StringComparison.Ordinal);
        Assert.Empty(_receiver.All);
    }

    [Fact]
    public async Task Target_ThatBeginsToPointAtMetadata_IsRefusedFromThenOn()
    {
        var answer = IPAddress.Loopback;
        await using var world = await WebhookWorld.StartAsync([$"http://hooks.test:{Port}/ok"], [$"hooks.test:{Port}"], resolve: (_, _) => Task.FromResult<IReadOnlyList<IPAddress>>([answer]));
        await world.AddAsync(WebhookWorld.Event("apr_1"));
        await world.OnlyRowAsync(d => d.State == WebhookDeliveryState.Delivered);

        answer = IPAddress.Parse("169.254.169.254");
        await world.AddAsync(WebhookWorld.Event("apr_2"));

        var refused = (await Eventually.GetAsync(world.RowsAsync, rows => rows[1].Attempts == 1, "the second one"))[1];
        Assert.StartsWith("target_inside: hooks.test resolves to 169.254.169.254", refused.LastError, StringComparison.Ordinal);
        Assert.Single(_receiver.All);
    }

    [Fact]
    public async Task Target_AllowedExactly_IsOpenOnThatPortOnly()
    {
        await using var other = await Receiver.StartAsync();
        await using var world = await WebhookWorld.StartAsync([$"http://hooks.test:{Port}/ok", $"http://hooks.test:{other.Authority.Split(':')[1]}/ok"], [$"hooks.test:{Port}"]);

        await world.AddAsync(WebhookWorld.Event());

        await _receiver.WaitAsync("ok", 1);
        await Eventually.GetAsync(world.RowsAsync, rows => rows.TrueForAll(r => r.Attempts == 1), "both tried");
        Assert.Empty(other.All);
    }
}
