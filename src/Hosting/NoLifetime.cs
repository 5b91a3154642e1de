using Microsoft.Extensions.Hosting;

namespace Blindsight.Hosting;

/// <summary>Signals are the program's, not the platform host's.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
