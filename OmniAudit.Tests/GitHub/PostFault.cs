using OmniAudit.Tests.Support;
namespace OmniAudit.Tests.GitHub;

/// <summary>What happens to a POST that creates an issue, instead of an issue and its 201.</summary>
internal enum PostFaultKind
{
    /// <summary>The issue is created; the connection is reset before an answer.</summary>
    CommitThenDrop = 1,
    /// <summary>The connection is reset; nothing is created.</summary>
    DropBeforeCommit,
    /// <summary>502 now; the issue is created when the test releases it.</summary>
    LateCommit,
    /// <summary>The issue is created; the answer is <see cref="PostFault.Status"/> (500 unless said otherwise).</summary>
    ServerErrorAfterCommit,
    /// <summary>The issue is created; something on the way answers 429, with Retry-After and without GitHub's words.</summary>
    TooManyRequestsAfterCommit,
    /// <summary>The issue is created; 201 and half of the body, the other half when released.</summary>
    SlowBody,
    /// <summary>The issue is created; 201 and half of the body, then the connection is reset.</summary>
    CutOffBody,
    /// <summary>The issue is created; 201 and a body that is no JSON.</summary>
    NonsenseBody,
    /// <summary>307 to <see cref="PostFault.Target"/>; nothing is created.</summary>
    Redirect,
    /// <summary>The request was received whole; it goes on, to the commit and the answer, when released.</summary>
    Hang,
    /// <summary>GitHub's documented answer at the end of the primary limit: 403, x-ratelimit-remaining 0. Nothing is created.</summary>
    PrimaryRateLimit,
    /// <summary>GitHub's documented answer to writing too fast: 429, Retry-After, its words. Nothing is created.</summary>
    SecondaryRateLimit,
    /// <summary>408; nothing is created.</summary>
    RequestTimeout,
}

/// <summary>A fault that was ordered for the next POSTs.</summary>
internal sealed class PostFault(PostFaultKind kind, int posts)
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left = posts;

    public PostFaultKind Kind { get; } = kind;

    /// <summary>For <see cref="PostFaultKind.ServerErrorAfterCommit"/>.</summary>
    public int Status { get; init; } = 500;

    /// <summary>For <see cref="PostFaultKind.Redirect"/>.</summary>
    public string Target { get; init; } = "https://elsewhere.invalid/";

    /// <summary>The first POST has arrived whole, and whatever the fault does before it waits has been done.</summary>
    public Task Reached => _reached.Task.WaitAsync(Eventually.Patience);

    internal Task Released => _released.Task;

    /// <summary>Lets everything that waits go on, now and later.</summary>
    public void Release() => _released.TrySetResult();

    internal void Reach() => _reached.TrySetResult();

    /// <summary>True for one POST more; call under the server's lock.</summary>
    internal bool Take(out bool last)
    {
        last = --_left <= 0;
        return _left >= 0;
    }
}
