using System.CommandLine;
using Blindsight.Cli.Commands;

RootCommand root = new("Secure neural-network inference: an ONNX model answers an input that it never sees.")
{
    TrainCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
