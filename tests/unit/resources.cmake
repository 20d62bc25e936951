transcribed_test(NAME resources_test SOURCES resources_test.cc pci_address_test.cc LIBRARIES transcribed_core LABELS unit)
