namespace Blindsight.Cli.Parties;

/// <summary>What a process that another one started hears from it: lines on standard input, and its end, which closes the input.</summary>
internal static class ParentWatch
{
    /// <summary>A token that is also cancelled when the process that started this one is gone, or asks it to end.</summary>
    /// <param name="line">Called for each line.</param>
    public static CancellationToken Start(CancellationToken cancellation, Action? line = null)
    {
        CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Stream input = Console.OpenStandardInput();
        new Thread(() =>
        {
            for (int read = input.ReadByte(); read >= 0; read = input.ReadByte())
                if (read == '\n') line?.Invoke();
            source.Cancel();
        }) { IsBackground = true, Name = "parent watch" }.Start();
        return source.Token;
    }
}
