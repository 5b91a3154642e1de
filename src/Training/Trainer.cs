using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Blindsight.Arithmetic;
using Blindsight.Training.Data;
using Blindsight.Training.Layers;
using Blindsight.Training.Networks;

namespace Blindsight.Training;

/// <summary>Trains a network to classify images.</summary>
public static class Trainer
{
    /// <summary>
    /// Moves the weights of <paramref name="network"/> through all epochs, or through what is left of them where the
    /// options' checkpoint holds an earlier part of this very run. The result depends on the network, the images, the
    /// options (but threads and checkpoint) and the machine's vector width; interruptions leave no trace in it.
    /// </summary>
    /// <param name="progress">Told after every step; null for nobody.</param>
    /// <exception cref="ParameterException">Options, images, network or checkpoint do not fit together.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the checkpoint, if there is one, holds the last step.</exception>
    public static void Train(
        Network network, LabelledImages images, TrainingOptions options, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        options.Require(images.Count);
        if (network.InputShape != images.Shape || network.OutputShape.Elements != images.Classes)
            throw new ParameterException(
                $"The network maps {network.InputShape} to {network.OutputShape}; the data has images of {images.Shape} in {images.Classes} classes.");
        new TrainingRun(network, images, options, Identity(network, images, options)).Go(progress, cancellation);
    }

    private static byte[] Identity(Network network, LabelledImages images, TrainingOptions options)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(network.Describe())));
        hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(options.Describe())));
        foreach (Parameter parameter in network.Parameters) hash.AppendData(MemoryMarshal.AsBytes(parameter.Values.AsSpan()));
        hash.AppendData(images.Digest());
        return hash.GetHashAndReset();
    }
}
