using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using OmniAudit.Modules.Tools;
using OmniAudit.Modules.Webhooks;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Webhooks;

/// <summary>From the outbox to a real receiver, whatever it answers.</summary>
public sealed class WebhookDeliveryTests : IAsyncLifetime
{
    private Receiver _receiver = null!;

    public async Task InitializeAsync() => _receiver = await Receiver.StartAsync();

    public async Task DisposeAsync() => await _receiver.DisposeAsync();

    private Task<WebhookWorld> StartAsync(params string[] names) => WebhookWorld.StartAsync(_receiver, null, names);

    [Theory]
    [InlineData(WebhookWorld.Secret, "31F290F6BF06298AAB4F08D43C3F082CF648A362DA2DA4B0")]
    [InlineData("a text of at least 24 characters", "")]
    public async Task Delivery_ToAReceiver_IsSignedAsStandardWebhooksSay(string secret, string keyHex)
    {
        await using var world = await WebhookWorld.StartAsync([_receiver.Url("ok")], [_receiver.Authority], secret);

        await world.AddAsync(WebhookWorld.Event());

        var got = (await _receiver.WaitAsync("ok", 1))[0];
        // As a receiver that knows nothing of our code computes it.
        var key = keyHex.Length > 0 ? Convert.FromHexString(keyHex) : Encoding.ASCII.GetBytes(secret);
        var expected = Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes($"{got.Id}.{got.Timestamp}.").Concat(got.Body).ToArray()));
        Assert.Equal("v1," + expected, got.Signature);
        Assert.InRange(long.Parse(got.Timestamp), world.Time.GetUtcNow().ToUnixTimeSeconds() - 60, world.Time.GetUtcNow().ToUnixTimeSeconds());
        Assert.Equal("application/json", got.ContentType);
        Assert.StartsWith("OmniAudit-Webhooks/", got.UserAgent, StringComparison.Ordinal);
        Assert.DoesNotContain("traceparent", got.Headers);
        var row = await world.OnlyRowAsync(d => d.State == WebhookDeliveryState.Delivered);
        Assert.Equal((got.Id, 1, 200), (row.DeliveryId, row.Attempts, row.LastStatus));
        Assert.NotNull(row.DeliveredAt);
    }

    [Fact]
    public void Sign_TheVectorOfTheReferenceLibraries_IsReproduced() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        WebhookSignature.Sign(WebhookSignature.KeyOf(WebhookWorld.Secret), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, """{"test": 2432232314}"""u8));

    [Theory]
    [InlineData(500)]
    [InlineData(404)]
    [InlineData(302)]
    [InlineData(503)]
    public async Task Delivery_NotTaken_IsSentAgainUnderTheSameIdWhenItsTimeComes(int status)
    {
        _receiver.Answer("hook", context =>
        {
            if (status == 302) context.Response.Headers.Location = "/elsewhere";
            context.Response.StatusCode = status;
            return context.Response.StatusCode == 500 ? context.Response.WriteAsync("out of \u202E order\r\nsecond line") : Task.CompletedTask;
        });
        await using var world = await StartAsync("hook");
        await world.AddAsync(WebhookWorld.Event());
        var failed = await world.OnlyRowAsync(d => d.Attempts == 1);
        Assert.Equal(WebhookDeliveryState.Waiting, failed.State);
        Assert.InRange(failed.NextAt - failed.LastAt!.Value, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(6));
        if (status == 500) Assert.Equal("http_500: out of   order  second line", failed.LastError);

        _receiver.Answer("hook", 204);
        world.Advance(TimeSpan.FromSeconds(2));
        await world.AddAsync(WebhookWorld.Event("apr_2"));
        await Eventually.GetAsync(world.RowsAsync, rows => rows[1].State == WebhookDeliveryState.Delivered, "the second one");
        Assert.Equal(WebhookDeliveryState.Waiting, (await world.RowsAsync())[0].State);
        world.Advance(TimeSpan.FromSeconds(5));

        await Eventually.GetAsync(world.RowsAsync, rows => rows[0].State == WebhookDeliveryState.Delivered, "the first one");
        var first = _receiver.At("hook").Where(a => a.Id == failed.DeliveryId).ToList();
        Assert.Equal(2, first.Count);
        Assert.Equal(first[0].Text, first[1].Text);
        Assert.NotEqual((first[0].Timestamp, first[0].Signature), (first[1].Timestamp, first[1].Signature));
        Assert.Empty(_receiver.At("elsewhere"));
    }

    [Theory]
    [InlineData("7200", 7200)]
    [InlineData("1", 5)]
    [InlineData("99999999", 12 * 3600)]
    [InlineData("soon", 5)]
    public async Task Delivery_AskedToWait_WaitsThatLongWithinBounds(string retryAfter, int seconds)
    {
        _receiver.Answer("busy", context =>
        {
            context.Response.StatusCode = 429;
            context.Response.Headers["Retry-After"] = retryAfter;
            return Task.CompletedTask;
        });
        await using var world = await StartAsync("busy");

        await world.AddAsync(WebhookWorld.Event());

        var row = await world.OnlyRowAsync(d => d.Attempts == 1);
        Assert.InRange((row.NextAt - row.LastAt!.Value).TotalSeconds, seconds, (seconds * 1.2) + 0.01);
    }

    [Fact]
    public async Task Delivery_ToOneWhoIsGone_IsDeadAtOnce()
    {
        _receiver.Answer("gone", 410);
        await using var world = await StartAsync("gone");

        await world.AddAsync(WebhookWorld.Event());

        var row = await world.OnlyRowAsync(d => d.State == WebhookDeliveryState.Dead);
        Assert.Equal((1, 410), (row.Attempts, row.LastStatus));
    }

    [Fact]
    public async Task Delivery_NobodyListens_IsTriedAgain()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        await using var world = await WebhookWorld.StartAsync([$"http://{taken.LocalEndPoint}/secret-path"], [taken.LocalEndPoint!.ToString()!]);

        await world.AddAsync(WebhookWorld.Event());

        var row = await world.OnlyRowAsync(d => d.Attempts == 1);
        Assert.Equal((WebhookDeliveryState.Waiting, (int?)null), (row.State, row.LastStatus));
        Assert.StartsWith("no_connection: ", row.LastError, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-path", row.LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delivery_SlowTarget_TimesOutAndHoldsUpNobodyElse()
    {
        var release = new TaskCompletionSource();
        _receiver.Answer("slow", context => release.Task.WaitAsync(context.RequestAborted));
        await using var world = await WebhookWorld.StartAsync(_receiver, new WebhookLimits { Timeout = TimeSpan.FromSeconds(2) }, "slow", "ok");

        await world.AddAsync(WebhookWorld.Event("apr_1"), WebhookWorld.Event("apr_2"));

        await _receiver.WaitAsync("ok", 2);
        await _receiver.WaitAsync("slow", 1);
        Assert.DoesNotContain(await world.RowsAsync(), r => r.LastError is not null);
        var timedOut = await Eventually.GetAsync(world.RowsAsync, rows => rows.Exists(r => r.LastError is not null), "a timeout");
        Assert.Equal("timeout: no answer within 2 s.", timedOut.First(r => r.LastError is not null).LastError);
    }

    [Theory]
    [InlineData(200, WebhookDeliveryState.Delivered)]
    [InlineData(500, WebhookDeliveryState.Waiting)]
    public async Task Delivery_EndlessAnswer_IsReadToItsBoundOnly(int status, string state)
    {
        _receiver.Answer("endless", async context =>
        {
            context.Response.StatusCode = status;
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(new byte[4096].Select(_ => (byte)'x').ToArray(), context.RequestAborted);
        });
        await using var world = await StartAsync("endless");

        await world.AddAsync(WebhookWorld.Event());

        var row = await world.OnlyRowAsync(d => d.Attempts == 1);
        Assert.Equal((state, status), (row.State, row.LastStatus));
        Assert.InRange(row.LastError?.Length ?? 0, 0, 500);
        // The bound on what is read ended it, and not the one on time.
        Assert.True(row.LastAt - row.CreatedAt < TimeSpan.FromSeconds(5), $"{row.LastAt - row.CreatedAt}");
    }

    [Fact]
    public async Task Delivery_FailingToTheLastAttempt_IsDeadUntilAPersonSendsItAgain()
    {
        _receiver.Answer("hook", 500);
        await using var world = await StartAsync("hook");
        await world.AddAsync(WebhookWorld.Event());
        var most = WebhookLimits.Pauses.Count + 1;
        for (var attempt = 1; attempt < most; attempt++)
        {
            var row = await world.OnlyRowAsync(d => d.Attempts == attempt);
            Assert.Equal(WebhookDeliveryState.Waiting, row.State);
            Assert.True(row.NextAt - row.LastAt >= WebhookLimits.Pauses[attempt - 1]);
            world.Advance(WebhookLimits.Pauses[attempt - 1] * 1.21);
        }
        var dead = await world.OnlyRowAsync(d => d.State == WebhookDeliveryState.Dead);
        Assert.Equal(most, dead.Attempts);
        world.Advance(TimeSpan.FromDays(400));
        await world.Get<WebhookSender>().SweepAsync(CancellationToken.None);
        Assert.Equal(WebhookDeliveryState.Dead, (await world.OnlyRowAsync(_ => true)).State);

        _receiver.Answer("hook", 200);
        Assert.Null(await world.Desk.SendAgainAsync(dead.DeliveryId, TestApp.Approver, CancellationToken.None));

        var row2 = await world.OnlyRowAsync(d => d.State == WebhookDeliveryState.Delivered);
        Assert.Equal(1, row2.Attempts);
        Assert.Single(_receiver.At("hook").Select(a => a.Id).Distinct());
        Assert.NotNull(await world.Desk.SendAgainAsync(dead.DeliveryId, TestApp.Approver, CancellationToken.None));
        Assert.NotNull(await world.Desk.DropAsync(dead.DeliveryId, TestApp.Approver, CancellationToken.None));
    }

    [Fact]
    public async Task Deliveries_OfOneTransaction_ArriveInOrderOfAge()
    {
        await using var world = await StartAsync("ok");

        await world.AddAsync([.. Enumerable.Range(0, 20).Select(i => WebhookWorld.Event($"apr_{i}"))]);

        var got = await _receiver.WaitAsync("ok", 20);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"apr_{i}"), got.Select(a => System.Text.Json.JsonDocument.Parse(a.Body).RootElement.GetProperty("data").GetProperty("approval_id").GetString()));
    }

    [Fact]
    public async Task Delivery_ProcessEndsBetweenSendAndRecord_IsSentAgainUnderTheSameId()
    {
        var release = new TaskCompletionSource();
        _receiver.Answer("hook", context => release.Task.WaitAsync(context.RequestAborted));
        var world = await StartAsync("hook");
        await world.AddAsync(WebhookWorld.Event());
        await _receiver.WaitAsync("hook", 1);
        await world.StopAsync();
        release.SetResult();

        await using var next = await WebhookWorld.StartAsync([_receiver.Url("hook")], [_receiver.Authority], data: world.Options.Data);

        var got = await _receiver.WaitAsync("hook", 2);
        Assert.Equal((got[0].Id, got[0].Text), (got[1].Id, got[1].Text));
        await next.OnlyRowAsync(d => d.State == WebhookDeliveryState.Delivered);
    }

    [Fact]
    public async Task Event_OfATransactionThatIsRolledBack_IsNeverSent()
    {
        await using var world = await StartAsync("ok");

        await Assert.ThrowsAsync<InvalidOperationException>(() => world.Database.WriteAsync(async db =>
        {
            world.Get<WebhookOutbox>().Add(db, WebhookWorld.Event("apr_lost"));
            await db.SaveChangesAsync();
            throw new InvalidOperationException("no");
        }, CancellationToken.None));
        await world.AddAsync(WebhookWorld.Event("apr_kept"));

        await world.OnlyRowAsync(d => d.State == WebhookDeliveryState.Delivered);
        Assert.Contains("apr_kept", Assert.Single(_receiver.All).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Event_WithoutTargets_LeavesNoRow()
    {
        await using var world = await WebhookWorld.StartAsync([], [], secret: "");

        await world.AddAsync(WebhookWorld.Event());

        Assert.Empty(await world.RowsAsync());
    }

    [Fact]
    public async Task Delivery_TargetRemovedFromTheSettings_IsDeadAndCannotBeSentAgain()
    {
        _receiver.Answer("old", 500);
        var world = await StartAsync("old");
        await world.AddAsync(WebhookWorld.Event());
        await world.OnlyRowAsync(d => d.Attempts == 1);
        await world.StopAsync();

        await using var next = await WebhookWorld.StartAsync([_receiver.Url("new")], [_receiver.Authority], data: world.Options.Data);

        var row = await next.OnlyRowAsync(d => d.State == WebhookDeliveryState.Dead);
        Assert.StartsWith("target_removed: ", row.LastError, StringComparison.Ordinal);
        Assert.Contains("no longer in WEBHOOK_URLS", await next.Desk.SendAgainAsync(row.DeliveryId, TestApp.Approver, CancellationToken.None), StringComparison.Ordinal);
        Assert.Null(await next.Desk.DropAsync(row.DeliveryId, TestApp.Approver, CancellationToken.None));
        Assert.Empty(await next.RowsAsync());
    }

    [Fact]
    public async Task Delivered_OldOrTooMany_AreDeletedAndTheNewestStay()
    {
        await using var world = await WebhookWorld.StartAsync(_receiver, new WebhookLimits { MostDelivered = 3 }, "ok");
        await world.AddAsync([.. Enumerable.Range(0, 5).Select(i => WebhookWorld.Event($"apr_{i}"))]);
        await Eventually.GetAsync(world.RowsAsync, rows => rows.TrueForAll(r => r.State == WebhookDeliveryState.Delivered), "all delivered");
        var sender = world.Get<WebhookSender>();

        await sender.SweepAsync(CancellationToken.None);
        Assert.Equal(["apr_2", "apr_3", "apr_4"], (await world.RowsAsync()).Select(r => r.ApprovalId));

        world.Time.Advance(TimeSpan.FromDays(29));
        await sender.SweepAsync(CancellationToken.None);
        Assert.Equal(3, (await world.RowsAsync()).Count);
        world.Time.Advance(TimeSpan.FromDays(1.1));
        await sender.SweepAsync(CancellationToken.None);
        Assert.Empty(await world.RowsAsync());
    }

    [Fact]
    public async Task Desk_AskedByAnAgent_DoesNothing()
    {
        await using var world = await StartAsync("ok");
        var agent = new Actor(ActorKind.Agent, "agent:a", "a");
        var key = world.Get<WebhookTargets>().All[0].Key;

        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => world.Desk.SendTestAsync(key, agent, CancellationToken.None));
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => world.Desk.SendAgainAsync("whd_1", agent, CancellationToken.None));
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => world.Desk.DropAsync("whd_1", agent, CancellationToken.None));

        Assert.Null(await world.Desk.SendTestAsync(key, TestApp.Approver, CancellationToken.None));
        Assert.Matches("""\A\{"type":"test\.ping","timestamp":"[^"]+","data":\{"url":"https://console\.example\.com/webhooks"\}\}\z""", (await _receiver.WaitAsync("ok", 1))[0].Text);
    }
}
